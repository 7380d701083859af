/**
 * Whether the search document in one column satisfies every criterion in another, as an expression: unlike a function, it
 * costs no call for each row. A member that is missing satisfies none, not even `!=`.
 */
export function criteriaHold(search: string, criteria: string): string {
  const value = `${search}->>(c->>'field')`
  return `not exists (select from jsonb_array_elements(${criteria}) c where not coalesce(case c->>'operator'
    when '=' then ${value} = c->'values'->>0
    when '!=' then ${value} <> c->'values'->>0
    when 'in' then c->'values' ? (${value})
    when 'notin' then not c->'values' ? (${value})
    when 'like' then ${value} like c->'values'->>0
    when 'ilike' then ${value} ilike c->'values'->>0
    when 'contains' then jsonb_typeof(${search}->(c->>'field')) = 'array' and ${search}->(c->>'field') ? (c->'values'->>0)
  end, false))`
}
