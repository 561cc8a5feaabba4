-- One row per moment at which a contact entered a lifecycle stage, re-entries included.
-- Source: raw_hubspot.contact_lifecycle_history. Entries that clear the stage are left out: nothing was entered.
with history as (
    select
        contact_id,
        stage,
        entered_at,
        source_type
    from raw_hubspot.contact_lifecycle_history
),

final as (
    select
        contact_id,
        stage,
        entered_at,
        staging.company_date(entered_at) as entered_date,
        nullif(source_type, '') as source_type
    from history
    where stage is not null and stage <> ''
)

select * from final
