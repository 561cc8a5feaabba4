-- One row per live record in Salesforce that could be in HubSpot too, with the id that it names there.
-- Source: staging of Salesforce, int_survivors. Null: it names none. An account that names a merged-away company means the
-- survivor.
with survivors as (
    select
        merged_id,
        survivor_id
    from intermediate.int_survivors
    where object_type = 'company'
),

final as (
    select
        'company' as object_type,
        own.account_id as record_id,
        coalesce(survivors.survivor_id, own.hubspot_id) as other_id
    from staging.stg_salesforce__accounts as own
    left join survivors on own.hubspot_id = survivors.merged_id
    union all
    select
        'deal' as object_type,
        opportunity_id as record_id,
        hubspot_id as other_id
    from staging.stg_salesforce__opportunities
    union all
    select
        'activity' as object_type,
        call_id as record_id,
        'call:' || hubspot_id as other_id
    from staging.stg_salesforce__calls
    union all
    select
        'activity' as object_type,
        meeting_id as record_id,
        'meeting:' || hubspot_id as other_id
    from staging.stg_salesforce__meetings
    union all
    select
        'ticket' as object_type,
        case_id as record_id,
        hubspot_id as other_id
    from staging.stg_salesforce__cases
)

select * from final
