-- One row per record that was merged away: what it was, its old id, and the record it was merged into.
-- Source: raw_hubspot.contacts and companies. The record merged into may itself have been merged away later.
with contacts as (
    select
        id,
        hs_merged_object_ids,
        hs_calculated_merged_vids
    from raw_hubspot.contacts
),

companies as (
    select
        id,
        hs_merged_object_ids
    from raw_hubspot.companies
),

named as (
    select
        'contact' as object_type,
        id as merged_into_id,
        unnest(staging.merged_ids(hs_merged_object_ids, hs_calculated_merged_vids)) as merged_id
    from contacts
    union all
    select
        'company' as object_type,
        id as merged_into_id,
        unnest(staging.merged_ids(hs_merged_object_ids, null)) as merged_id
    from companies
),

final as (
    select distinct
        object_type,
        merged_id,
        merged_into_id
    from named
    where merged_id <> merged_into_id
)

select * from final
