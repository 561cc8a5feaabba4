-- One row per pair of live records in HubSpot and in Salesforce of which one names the other's id, and whether they count as
-- one.
-- Source: int_hubspot_links, int_salesforce_links. Two are one only where neither is named together with a third: of
-- contradicting references none is followed (see fct_possible_duplicates).
with pairs as (
    select
        in_hubspot.object_type,
        in_hubspot.record_id as hubspot_id,
        in_salesforce.record_id as salesforce_id
    from intermediate.int_hubspot_links as in_hubspot
    inner join intermediate.int_salesforce_links as in_salesforce
        on in_hubspot.object_type = in_salesforce.object_type and in_hubspot.other_id = left(in_salesforce.record_id, 15)
    union
    select
        in_hubspot.object_type,
        in_hubspot.record_id as hubspot_id,
        in_salesforce.record_id as salesforce_id
    from intermediate.int_salesforce_links as in_salesforce
    inner join intermediate.int_hubspot_links as in_hubspot
        on in_salesforce.object_type = in_hubspot.object_type and in_salesforce.other_id = in_hubspot.record_id
),

final as (
    select
        object_type,
        staging.key_of('hubspot', hubspot_id) as hubspot_key,
        staging.key_of('salesforce', salesforce_id) as salesforce_key,
        count(*) over (partition by object_type, hubspot_id) = 1
        and count(*) over (partition by object_type, salesforce_id) = 1 as is_match
    from pairs
)

select * from final
