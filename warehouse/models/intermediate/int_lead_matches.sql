-- One row per person as one CRM knows them, and the key under which that person counts once.
-- Source: int_lead_records. The rule: records of Salesforce with the same address (in lower case, without blanks), and a lead and
-- the contact it became, are one person; if HubSpot knows one of their addresses, they are that contact. HubSpot's contacts are
-- never joined with one another: HubSpot itself keeps addresses unique. Nobody is matched by name. Chains (lead, contact, another
-- address) are followed for two steps.
with named as (
    select
        record_key,
        crm,
        person_key,
        email_key
    from intermediate.int_lead_records
),

by_address as (
    select
        record_key,
        crm,
        person_key,
        email_key,
        case when email_key is null then person_key else min(person_key) over (partition by email_key) end as found
    from named
),

by_person as (
    select
        record_key,
        crm,
        person_key,
        email_key,
        min(found) over (partition by person_key) as found
    from by_address
),

by_address_again as (
    select
        record_key,
        crm,
        person_key,
        case when email_key is null then found else min(found) over (partition by email_key) end as found
    from by_person
),

final as (
    select
        record_key,
        case when crm = 'hubspot' then record_key else min(found) over (partition by person_key) end as lead_key
    from by_address_again
)

select * from final
