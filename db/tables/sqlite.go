package tables

import (
	"context"

	"courant/db/sqlrow"
)

// sqlite reads the tables of a file. Virtual tables, what stands behind them, and
// SQLite's own are none of ours.
func sqlite(ctx context.Context, q sqlrow.Queryer) ([]Table, error) {
	names, err := sqlrow.Collect(ctx, q, sqlrow.Column[string], `
		SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	kinds := map[string]Kind{"INTEGER": Whole, "TEXT": Text, "BLOB": Bytes}
	list := make([]Table, len(names))
	for i, name := range names {
		t := &list[i]
		t.Name = name
		keys := map[int]string{}
		for c, err := range sqlrow.Each(ctx, q, func(r sqlrow.Row) (c Column, err error) {
			var kind string
			var place int
			if err = r.Scan(&c.Name, &kind, &place); err != nil {
				return c, err
			}
			if place > 0 {
				keys[place] = c.Name
			}
			c.Kind = kinds[kind]
			return c, err
		}, `SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid`, name) {
			if err != nil {
				return nil, err
			}
			t.Columns = append(t.Columns, c)
		}
		for place := 1; place <= len(keys); place++ {
			t.Key = append(t.Key, keys[place])
		}
		if err := t.sqliteReferences(ctx, q); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (t *Table) sqliteReferences(ctx context.Context, q sqlrow.Queryer) error {
	last := int64(-1)
	for _, err := range sqlrow.Each(ctx, q, func(r sqlrow.Row) (none struct{}, err error) {
		var number int64
		var from, to, key string
		if err = r.Scan(&number, &to, &from, &key); err == nil {
			t.refer(&last, number, from, to, key)
		}
		return none, err
	}, `SELECT id, "table", "from", "to" FROM pragma_foreign_key_list($1) ORDER BY id, seq`, t.Name) {
		if err != nil {
			return err
		}
	}
	return nil
}
