-- One row per change of a lead's status that Salesforce has on record; the creation of a lead is none.
-- Source: raw_salesforce.lead_history. History goes back to the day on which tracking was switched on.
with history as (
    select
        id,
        leadid,
        field,
        oldvalue,
        newvalue,
        createddate
    from raw_salesforce.lead_history
),

final as (
    select
        id as change_id,
        leadid as lead_id,
        nullif(oldvalue, '') as old_status,
        nullif(newvalue, '') as new_status,
        createddate as changed_at,
        staging.company_date(createddate) as changed_date
    from history
    where field = 'Status'
)

select * from final
