-- One row per pair of records in HubSpot and Salesforce that may be one thing but count as two, as nothing says so for certain.
-- Source: int_record_references (contradicting references), int_look_alikes. What int_record_references joins is not here.
with joined as (
    select hubspot_key as record_key
    from intermediate.int_record_references
    where is_match
    union all
    select salesforce_key as record_key
    from intermediate.int_record_references
    where is_match
),

contradicting as (
    select
        case object_type
            when 'activity' then if(hubspot_key like 'hubspot:call:%', 'Call', 'Meeting')
            else concat(upper(left(object_type, 1)), substr(object_type, 2))
        end as record_type,
        hubspot_key,
        salesforce_key
    from intermediate.int_record_references
    where not is_match
),

alike as (
    select
        pairs.record_type,
        pairs.hubspot_key,
        pairs.salesforce_key,
        pairs.looks,
        pairs.hubspot_url,
        pairs.salesforce_url
    from intermediate.int_look_alikes as pairs
    where
        pairs.hubspot_key not in (select joined.record_key from joined)
        and pairs.salesforce_key not in (select joined.record_key from joined)
),

final as (
    select
        coalesce(contradicting.record_type, alike.record_type) as record_type,
        coalesce(contradicting.hubspot_key, alike.hubspot_key) as hubspot_key,
        coalesce(contradicting.salesforce_key, alike.salesforce_key) as salesforce_key,
        case
            when contradicting.hubspot_key is not null then 'Named together with a third record'
            else 'Look alike'
        end as reason,
        alike.looks,
        alike.hubspot_url,
        alike.salesforce_url
    from contradicting
    full outer join alike
        on contradicting.hubspot_key = alike.hubspot_key and contradicting.salesforce_key = alike.salesforce_key
)

select * from final
