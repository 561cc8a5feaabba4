-- One row per call logged in Salesforce as a task, archived ones included; neither deleted nor the master of a series.
-- Source: raw_salesforce.tasks. The call's day is the one that the caller entered; where there is none, the one on
-- which it was done.
with tasks as (
    select
        id,
        tasksubtype,
        calltype,
        calldisposition,
        calldurationinseconds,
        ownerid,
        activitydate,
        completeddatetime,
        createddate,
        isclosed,
        isrecurrence,
        hubspot_id,
        isdeleted
    from raw_salesforce.tasks
),

final as (
    select
        id as call_id,
        case lower(calltype) when 'outbound' then 'Outbound' when 'inbound' then 'Inbound' end as direction,
        staging.sentence_case(calldisposition) as outcome,
        coalesce(isclosed, false) as has_happened,
        nullif(ownerid, '') as owner_id,
        nullif(trim(hubspot_id), '') as hubspot_id,
        cast(calldurationinseconds as double) as duration_seconds,
        coalesce(activitydate, staging.company_date(completeddatetime), staging.company_date(createddate)) as happened_date
    from tasks
    where
        tasksubtype = 'Call'
        and not coalesce(isdeleted, false)
        and not coalesce(isrecurrence, false)
)

select * from final
