-- One row per day: page views of one blog.
-- Source: stg_files__page_views.
with final as (
    select
        viewed_date,
        page_views
    from staging.stg_files__page_views
)

select * from final
