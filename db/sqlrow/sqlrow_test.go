package sqlrow

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"
)

// Text writes lists faster than encoding/json, and the same.
func TestTextIsJSON(t *testing.T) {
	texts := []string{"", "water", "zürich", "日本", "a,b", "[]", `a"b`, `a\b`, "<b>", "R&D", "a\nb", "\x7f", "\u2028", "\u2029", "…", "\xff", "\xed\xa0\x80", "\ufffd"}
	lists := []any{[]string(nil), []string{}, texts, []int64(nil), []int64{}, []int64{0, -1, math.MaxInt64, math.MinInt64}}
	for i, s := range texts {
		lists = append(lists, []string{s}, texts[:i], []string{"water", s})
	}
	for r := rune(0); r <= 0x2100; r++ {
		lists = append(lists, []string{string(r)})
	}
	for _, list := range lists {
		data, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		want := string(data)
		if want == "null" {
			want = "[]"
		}
		if got := Text(list); got != want {
			t.Errorf("Text(%#v) = %s, want %s", list, got, want)
		}
		if of, is := list.([]string); is {
			var back []string
			if err := JSON(&back).Scan(Text(of)); err != nil || fmt.Sprint(back) != fmt.Sprint(valid(of)) {
				t.Errorf("%#v came back as %#v: %v", of, back, err)
			}
		}
	}
}

// valid is a list as JSON can hold it.
func valid(list []string) []string {
	list = slices.Clone(list)
	for i, s := range list {
		list[i] = string([]rune(s))
	}
	return list
}

// Into scans each row into a value of its own: what one has is not the next one's.
func TestInto(t *testing.T) {
	type pair struct {
		name  string
		list  []string
		bytes []byte
		fixed bool
	}
	scan := Into(func(p *pair) []any {
		p.fixed = true
		return []any{&p.name, &p.list, &p.bytes}
	})
	rows := []pair{{"a", []string{"x"}, []byte("1"), true}, {"b", nil, nil, true}, {"", []string{"y"}, []byte("2"), true}}
	var got []pair
	for _, r := range rows {
		v, err := scan(row(func(to []any) {
			if r.name != "" { // as a scanner that leaves alone what is empty
				*to[0].(*string) = r.name
			}
			if r.list != nil {
				*to[1].(*[]string) = r.list
			}
			if r.bytes != nil {
				*to[2].(*[]byte) = r.bytes
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, v)
	}
	if fmt.Sprint(got) != fmt.Sprint(rows) {
		t.Errorf("scanned %v, want %v", got, rows)
	}
}

type row func(to []any)

// Scan implements Row.
func (r row) Scan(to ...any) error {
	r(to)
	return nil
}
