select
    id as order_id,
    customer_id,
    amount,
    status,
    ordered_at,
    to_date(ordered_at) as ordered_on
from {{ source('raw', 'raw_orders') }}
where ordered_on <= '{{ var("last_day") }}'::date
