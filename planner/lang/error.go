package lang

import (
	"errors"

	"lianxin/planner"
)

// Sentence is what a person reads of an error: the sentence of the first [planner.Error] in its chain with its place in
// front, or "something of ours went wrong" without any detail. It never shows a cause, SQL, a stack or a path.
func Sentence(lang string, err error) string {
	e, ok := errors.AsType[*planner.Error](err)
	if !ok || e.Say.IsZero() {
		return T(lang, "error.internal")
	}
	if e.Where == "" {
		return e.Say.In(lang)
	}
	if lang == EN {
		return e.Where + ": " + e.Say.EN
	}
	return e.Where + "：" + e.Say.ZH
}
