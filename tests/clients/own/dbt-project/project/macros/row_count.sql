{% macro row_count(name) %}
    {% set counted = run_query('select count(*) from ' ~ ref(name)) %}
    {{ log('rows: ' ~ counted.columns[0][0], info=True) }}
{% endmacro %}
