package web

import (
	"encoding"
	"fmt"

	"lianxin/planner/lang"
	"lianxin/planner/pipeline"
	"lianxin/planner/store"
)

// families are the words whose key ends in a value: "plan" + "draft" is the text plan.draft. A test holds that every
// value has its text and every text its value.
var families = map[string][]string{
	"answer":        {"accepted", "declined", "tentative", "needs-action"},
	"held":          {store.HeldSender, store.HeldUnproved},
	"plan":          {"draft", "review", "published", "superseded", "withdrawn"},
	"tier":          {"leader-village", "section-group", "cadre-household", "unit-village", "second-household", "volunteer-household", "mediator-ten"},
	"rank":          {"leader", "section", "staff"},
	"task":          {"draft", "ready", "in-progress", "completed", "cancelled", "failed"},
	"hours":         {"any", "morning", "afternoon", "evening"},
	"event":         {"mass-work-day", "leaders-meeting", "reception", "visit", "hearing", "square", "case-visit", "joint-reception", "festival-call"},
	"role":          {"administrator", "planner", "unit-liaison", "cadre", "leader", "secretary", "supervisor", "counter-clerk", "auditor"},
	"account":       {"active", "invited", "closed"},
	"year":          {"official", "provisional", "unpublished"},
	"channel":       {"file", "smtp", "slip", "mail", "sms", "wecom", "wecom-bot", "dingtalk", "dingtalk-bot", "feishu", "feishu-bot", "webhook"},
	"channel-state": {"untried", "works", "fails"},
	"channel-wants": {"mail", "mobile", "name"},
	"breaker":       {"closed", "open", "half-open", "resting"},
	"template":      pipeline.DefaultTemplates().Names(),
	"notice":        {"planned", "scheduled", "due", "done", "expired", "cancelled", "ready", "leased", "handed", "delivered", "failed", "uncertain"},
	"audit-kind":    pipeline.AuditKinds,
	"severity":      {"stop", "warn", "note"},
	"book-did":      {"booked", "moved", "cancelled"},
	"late":          {"duty", "urgent", "holiday", "first"},
	"stands":        pipeline.Stands,
	"appointment":   {"booked", "confirmed", "refused", "received", "absent", "cancelled"},
	"refusal":       {"scope", "process", "final", "law"},
	"walk-in":       {"waiting", "received", "left"},
	"nav": {
		"book",
		"counter",
		"overview",
		"cadre",
		"visits",
		"coverage",
		"acting",
		"pairings",
		"rules",
		"calendar",
		"tasks",
		"reminders",
		"channels",
		"what-if",
		"reception",
		"accounts",
		"matters",
		"leads",
		"slip",
		"rights",
		"my",
		"duty",
		"meeting",
		"occasions",
		"ledgers",
		"brief-month",
		"stats",
	},
	"effect":         {"forbid", "prefer", "avoid", "load"},
	"grade":          {"division", "deputy-division", "township", "deputy-township", "ordinary"},
	"deskop":         deskOps,
	"done":           doneWords,
	"visit":          {"planned", "done", "not-home", "declined", "moved", "cancelled"},
	"promise":        {"promise", "errand", "escort"},
	"offline":        offlineWords,
	"visit-field":    {"outcome", "promise", "empty", "ticked"},
	"matter-field":   {"unit", "officer", "by", "follower", "outcome", "opinion", "from", "until", "notice_on", "days", "reason", "number"},
	"matter-kind":    {"letter", "reception", "online", "square", "remark"},
	"outcome":        {"solved", "explained"},
	"opinion":        {"satisfied", "basically", "unsatisfied", "declined"},
	"paper":          paperKinds,
	"paper-body":     paperKinds,
	"swap":           {"asked", "accepted", "approved", "declined", "refused", "withdrawn"},
	"swapkind":       {"swap", "absence", "deputy"},
	"swapstep":       {"accept", "decline", "approve", "refuse", "withdraw"},
	"itemoutcome":    {"task", "noted", "on-the-spot"},
	"brief-table":    briefTableKeys,
	"stats-by":       {"receiver", "area", "month"},
	"coverage-apart": {"muted", "not-asked"},
	"daystate":       {"workday", "off", "unknown"},
	"daywish":        {"avoid", "prefer"},
	"village-mark":   {"market", "fair", "no-go", "closed"},
	"areaday":        {"closed", "market", "fair", "farm", "no-go"},
	"holidaysource":  {"imported", "embedded", "law", "none"},
	"household-way":  householdWays,
	"request":        {"correct", "erase", "other-cadre"},
	"request-state":  {"open", "done", "refused"},
}

// word is the text of a value of a family. A value that no family knows (a channel from a newer configuration) reads as
// itself.
func word(l, family string, v any) string {
	s := slug(v)
	if key := family + "." + s; lang.Has(key) {
		return lang.T(l, key)
	}
	return s
}

// slug is a value as keys and CSS classes write it.
func slug(v any) string {
	if m, ok := v.(encoding.TextMarshaler); ok {
		if b, err := m.MarshalText(); err == nil {
			return string(b)
		}
	}
	return fmt.Sprint(v)
}
