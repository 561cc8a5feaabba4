-- One row per call or meeting that is not deleted, whether it has taken place or not (see has_happened); one that both CRMs hold
-- under each other's ids counts once.
-- Source: int_activities (HubSpot), int_salesforce_activities (same_as: the rule of int_record_references). Of one in both
-- HubSpot's values count, as it knows outcomes, and Salesforce fills the gaps. Null outcome: nobody chose one. Null direction: a
-- meeting, or a call logged without one.
with hubspot as (
    select
        staging.key_of('hubspot', concat(lower(activity_type), ':', record_id)) as activity_key,
        activity_type,
        direction,
        outcome,
        has_happened,
        activity_date,
        staging.key_of('hubspot', owner_id) as owner_key,
        duration_seconds,
        staging.record_url('hubspot', case activity_type when 'Call' then '0-48' else '0-47' end, record_id) as record_url
    from intermediate.int_activities
),

final as (
    select
        coalesce(hubspot.activity_key, salesforce.activity_key) as activity_key,
        coalesce(hubspot.activity_type, salesforce.activity_type) as activity_type,
        coalesce(hubspot.direction, salesforce.direction) as direction,
        coalesce(hubspot.outcome, salesforce.outcome) as outcome,
        -- where nobody chose an outcome in HubSpot, being in Salesforce decides
        coalesce(hubspot.has_happened, false)
        or (hubspot.outcome is null and coalesce(salesforce.has_happened, false)) as has_happened,
        coalesce(hubspot.activity_date, salesforce.activity_date) as activity_date,
        coalesce(hubspot.owner_key, salesforce.owner_key) as owner_key,
        coalesce(hubspot.duration_seconds, salesforce.duration_seconds) as duration_seconds,
        coalesce(hubspot.record_url, salesforce.record_url) as record_url,
        concat_ws(
            ', ',
            case when hubspot.activity_key is not null then 'hubspot' end,
            case when salesforce.activity_key is not null then 'salesforce' end
        ) as sources
    from hubspot
    full outer join intermediate.int_salesforce_activities as salesforce on hubspot.activity_key = salesforce.same_as
)

select * from final
