-- One row per stage of a deal pipeline, with what HubSpot knows about it.
-- Source: raw_hubspot.deal_stages. A null probability is unknown, not zero.
with stages as (
    select
        pipeline_id,
        stage_id,
        pipeline_label,
        stage_label,
        is_closed,
        probability,
        display_order
    from raw_hubspot.deal_stages
),

final as (
    select
        pipeline_id,
        stage_id,
        pipeline_label,
        stage_label,
        coalesce(is_closed, false) as is_closed,
        probability,
        display_order
    from stages
)

select * from final
