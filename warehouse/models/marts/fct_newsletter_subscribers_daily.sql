-- One row per day and mailing list whose subscribers are known. A day on which nobody counted has no row.
-- Sources: int_mailchimp_list_sizes and stg_files__newsletter_subscribers. Where both know a list on a day, a count beats a size
-- reckoned back and Mailchimp a file, so a list that moved from files to Mailchimp under its old name is not doubled. No nulls.
with subscribers as (
    select
        observed_date,
        list_name,
        subscribers,
        'Mailchimp' as source,
        is_reckoned,
        1 as rank_of_source
    from intermediate.int_mailchimp_list_sizes
    union all
    select
        observed_date,
        list_name,
        subscribers,
        'Files' as source,
        false as is_reckoned,
        2 as rank_of_source
    from staging.stg_files__newsletter_subscribers
),

final as (
    select
        observed_date,
        list_name,
        subscribers,
        source,
        is_reckoned
    from subscribers
    qualify row_number() over (partition by observed_date, list_name order by is_reckoned, rank_of_source) = 1
)

select * from final
