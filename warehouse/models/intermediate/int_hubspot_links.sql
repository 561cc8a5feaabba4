-- One row per live record in HubSpot that could be in Salesforce too, with the first 15 letters of the id that it names there.
-- Source: staging of HubSpot, int_survivors. Null: it names none. Activities go by type and id, as calls and meetings are
-- numbered apart. A company that names a merged-away account means the survivor.
with survivors as (
    select
        merged_id,
        survivor_id
    from intermediate.int_survivors
    where object_type = 'salesforce account'
),

final as (
    select
        'company' as object_type,
        companies.company_id as record_id,
        coalesce(left(survivors.survivor_id, 15), companies.salesforce_id) as other_id
    from staging.stg_hubspot__companies as companies
    left join survivors
        on companies.salesforce_id = left(survivors.merged_id, 15)
    union all
    select
        'deal' as object_type,
        deal_id as record_id,
        salesforce_id as other_id
    from staging.stg_hubspot__deals
    union all
    select
        'activity' as object_type,
        concat('call:', call_id) as record_id,
        salesforce_id as other_id
    from staging.stg_hubspot__calls
    union all
    select
        'activity' as object_type,
        concat('meeting:', meeting_id) as record_id,
        salesforce_id as other_id
    from staging.stg_hubspot__meetings
    union all
    select
        'ticket' as object_type,
        ticket_id as record_id,
        salesforce_id as other_id
    from staging.stg_hubspot__tickets
)

select * from final
