package main

import (
	"fmt"
	"reflect"
	"strings"
)

// given reports whether a flag stands on the command line; kong does not tell a default from a value that equals it.
func (s *Settings) given(name string) bool {
	for _, a := range s.args {
		if a == "--"+name || strings.HasPrefix(a, "--"+name+"=") {
			return true
		}
	}
	return false
}

// values lists each setting with its value and where that came from: flag, variable, file or default.
func (s *Settings) values() [][]string {
	var rows [][]string
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() {
			continue
		}
		name := f.Tag.Get("name")
		if name == "" {
			name = flagName(f.Name)
		}
		origin := s.origins[name]
		switch {
		case s.given(name):
			origin = "--" + name
		case origin == "":
			origin = "默认 default"
		}
		rows = append(rows, []string{name, withoutPassword(fmt.Sprint(v.Field(i))), origin})
	}
	return rows
}

// flagName is kong's name for a field: BaseURL is base-url.
func flagName(field string) string {
	var b strings.Builder
	for i, r := range field {
		if r >= 'A' && r <= 'Z' {
			if i > 0 && (field[i-1] < 'A' || field[i-1] > 'Z' || i+1 < len(field) && field[i+1] >= 'a' && field[i+1] <= 'z') {
				b.WriteByte('-')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// withoutPassword hides the password of a database URL.
func withoutPassword(v string) string {
	scheme, rest, ok := strings.Cut(v, "://")
	if !ok {
		return v
	}
	if user, host, ok := strings.Cut(rest, "@"); ok {
		if name, _, has := strings.Cut(user, ":"); has {
			return scheme + "://" + name + ":…@" + host
		}
	}
	return v
}
