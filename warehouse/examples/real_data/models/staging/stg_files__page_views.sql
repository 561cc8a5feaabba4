-- One row per day: page views of one blog.
-- Source: raw_files.page_views.
with days as (
    select
        date,
        page_views
    from raw_files.page_views
),

final as (
    select
        date as viewed_date,
        page_views
    from days
)

select * from final
