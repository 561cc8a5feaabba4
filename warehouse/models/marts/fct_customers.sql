-- One row per company with at least one won deal, deleted companies included: what was won stays won.
-- Source: fct_deals. last_contract_end_date is null when any contract of the company has no end.
with won_deals as (
    select
        company_key,
        company_name,
        segment,
        close_date,
        contract_end_date
    from marts.fct_deals
    where is_won and company_key is not null and close_date is not null
),

final as (
    select
        company_key as customer_key,
        max(company_name) as name,
        max(segment) as segment,
        min(close_date) as first_won_date,
        case
            when count(*) filter (where contract_end_date is null) = 0 then max(contract_end_date)
        end as last_contract_end_date
    from won_deals
    group by company_key
)

select * from final
