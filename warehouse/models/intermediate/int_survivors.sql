-- One row per record that was merged away and the record that stands for it today, through any number of merges.
-- Source: stg_hubspot__merges, stg_salesforce__merges. A record whose merges run in a circle has no row:
-- nobody can say who survived.
with recursive merge_pairs as (
    select
        object_type,
        merged_id,
        merged_into_id
    from staging.stg_hubspot__merges
    union all
    select
        object_type,
        merged_id,
        merged_into_id
    from staging.stg_salesforce__merges
),

chains as (
    select
        object_type,
        merged_id,
        merged_into_id as survivor_id,
        1 as steps
    from merge_pairs
    union all
    select
        chains.object_type,
        chains.merged_id,
        merge_pairs.merged_into_id as survivor_id,
        chains.steps + 1 as steps
    from chains
    inner join merge_pairs on chains.object_type = merge_pairs.object_type and chains.survivor_id = merge_pairs.merged_id
    where chains.steps < 20
),

final as (
    select
        chains.object_type,
        chains.merged_id,
        min(chains.survivor_id) as survivor_id
    from chains
    left join merge_pairs on chains.object_type = merge_pairs.object_type and chains.survivor_id = merge_pairs.merged_id
    where merge_pairs.merged_id is null
    group by chains.object_type, chains.merged_id
)

select * from final
