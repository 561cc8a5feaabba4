-- One row per moment at which an opportunity is known to have been in a stage: its creation, each later change.
-- Source: raw_salesforce.opportunity_history (kept by every org) and opportunity_field_history (where tracking is on).
with final as (
    select
        id as change_id,
        opportunityid as opportunity_id,
        nullif(stagename, '') as stage_name,
        createddate as changed_at
    from raw_salesforce.opportunity_history
    where not coalesce(isdeleted, false)
    union all
    select
        id as change_id,
        opportunityid as opportunity_id,
        nullif(newvalue, '') as stage_name,
        createddate as changed_at
    from raw_salesforce.opportunity_field_history
    where field = 'StageName' and not coalesce(isdeleted, false)
)

select * from final
