-- One row per report asked of Google Analytics: what it covered, and whether Google qualified its numbers.
-- Source: raw_ga4.reports. Null flags mean that Google said nothing.
with reports as (
    select
        property_id,
        report,
        date_from,
        date_to,
        time_zone,
        currency_code,
        subject_to_thresholding,
        data_loss_from_other_row,
        sampled,
        truncation_reasons,
        read_at
    from raw_ga4.reports
),

final as (
    select
        property_id,
        report as report_name,
        date_from,
        date_to,
        time_zone,
        currency_code as currency,
        subject_to_thresholding as is_thresholded,
        data_loss_from_other_row as has_other_row,
        sampled as is_sampled,
        nullif(truncation_reasons, '') as truncation_reasons,
        read_at
    from reports
)

select * from final
