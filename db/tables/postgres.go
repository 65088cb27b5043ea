package tables

import (
	"context"

	"courant/db/sqlrow"
)

// postgres reads the tables of the schema that tables are made in.
func postgres(ctx context.Context, q sqlrow.Queryer) ([]Table, error) {
	names, err := sqlrow.Collect(ctx, q, sqlrow.Column[string], `
		SELECT CAST(relname AS TEXT) COLLATE "C" FROM pg_class
		WHERE relkind IN ('r', 'p') AND relnamespace = CAST(current_schema() AS regnamespace) ORDER BY 1`)
	if err != nil {
		return nil, err
	}
	kinds := map[string]Kind{"bigint": Whole, "text": Text, "bytea": Bytes}
	list := make([]Table, len(names))
	for i, name := range names {
		t := &list[i]
		t.Name = name
		for c, err := range sqlrow.Each(ctx, q, func(r sqlrow.Row) (c Column, err error) {
			var kind string
			var numbered bool
			if err = r.Scan(&c.Name, &kind, &numbered); err != nil {
				return c, err
			}
			if numbered {
				t.Numbered = c.Name
			}
			c.Kind = kinds[kind]
			return c, err
		}, `
			SELECT CAST(attname AS TEXT), format_type(atttypid, NULL), attidentity <> '' FROM pg_attribute
			WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, name) {
			if err != nil {
				return nil, err
			}
			t.Columns = append(t.Columns, c)
		}
		if t.Key, err = sqlrow.Collect(ctx, q, sqlrow.Column[string], `
			SELECT CAST(a.attname AS TEXT) FROM pg_constraint AS c CROSS JOIN unnest(c.conkey) WITH ORDINALITY AS k (attnum, place)
				JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
			WHERE c.contype = 'p' AND c.conrelid = to_regclass($1) ORDER BY k.place`, name); err != nil {
			return nil, err
		}
		if err := t.postgresReferences(ctx, q); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (t *Table) postgresReferences(ctx context.Context, q sqlrow.Queryer) error {
	last := int64(-1)
	for _, err := range sqlrow.Each(ctx, q, func(r sqlrow.Row) (none struct{}, err error) {
		var number int64
		var from, to, key string
		if err = r.Scan(&number, &to, &from, &key); err == nil {
			t.refer(&last, number, from, to, key)
		}
		return none, err
	}, `
		SELECT CAST(c.oid AS BIGINT), CAST(p.relname AS TEXT), CAST(a.attname AS TEXT), CAST(b.attname AS TEXT)
		FROM pg_constraint AS c CROSS JOIN unnest(c.conkey, c.confkey) WITH ORDINALITY AS k (mine, theirs, place)
			JOIN pg_class AS p ON p.oid = c.confrelid
			JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.mine
			JOIN pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = k.theirs
		WHERE c.contype = 'f' AND c.conrelid = to_regclass($1) ORDER BY c.oid, k.place`, t.Name) {
		if err != nil {
			return err
		}
	}
	return nil
}
