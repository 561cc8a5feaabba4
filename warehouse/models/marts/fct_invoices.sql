-- One row per invoice or credit memo that stands: cancelled documents and other document types are left out.
-- Source: stg_files__erp_invoices. Credit memos are negative; an amount in a foreign currency is null, never guessed.
with documents as (
    select
        document_id,
        document_type,
        customer_id,
        posting_date,
        net_amount,
        coalesce(currency, staging.company_currency()) as document_currency
    from staging.stg_files__erp_invoices
    where not is_cancelled and document_type in ('Invoice', 'Credit memo')
),

final as (
    select
        staging.key_of('erp', document_id) as document_key,
        document_type,
        staging.key_of('erp', customer_id) as customer_key,
        posting_date,
        case
            when document_currency <> staging.company_currency() then null
            when document_type = 'Credit memo' then -cast(round(net_amount * 100) as bigint)
            else cast(round(net_amount * 100) as bigint)
        end as net_amount_cents,
        document_currency
    from documents
)

select * from final
