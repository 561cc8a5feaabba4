-- One row per stage of a ticket pipeline.
-- Source: raw_hubspot.ticket_stages.
with stages as (
    select
        pipeline_id,
        stage_id,
        pipeline_label,
        stage_label,
        is_closed,
        display_order
    from raw_hubspot.ticket_stages
),

final as (
    select
        pipeline_id,
        stage_id,
        pipeline_label,
        stage_label,
        coalesce(is_closed, false) as is_closed,
        display_order
    from stages
)

select * from final
