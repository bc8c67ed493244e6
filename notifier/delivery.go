package notifier

import (
	"time"

	"lianxin/planner/civil"
)

// DeliveryState of a [Delivery]; the table of the package doc says who moves it.
type DeliveryState string

const (
	DeliveryReady     DeliveryState = "ready"     // waits for a worker, or for its next try
	DeliveryLeased    DeliveryState = "leased"    // a worker has it in hand
	DeliveryHanded    DeliveryState = "handed"    // the provider took it
	DeliveryDelivered DeliveryState = "delivered" // the provider says that it arrived
	DeliveryFailed    DeliveryState = "failed"    // refused for good, or tried often enough
	DeliveryUncertain DeliveryState = "uncertain" // nobody can know whether the provider took it
	DeliveryWithdrawn DeliveryState = "withdrawn" // nothing left to say before hand-over: cancelled or expired
)

// Delivery 投递 is an attempt to tell one person one or more notices over one channel. It holds no address: that is
// looked up at hand-over.
type Delivery struct {
	ID        string // also the idempotency key
	Root      string // the first delivery of the chain of fall-backs that it belongs to
	Recipient string
	Channel   string
	Place     int // position in the person's addresses
	Urgent    bool
	Day       civil.Date // of the office
	Slot      int        // 1 to 3: which of the day's messages; 0: urgent, or a fall-back
	State     DeliveryState
	Tries     int
	NextAt    time.Time // not before
	Worker    string    // who has it in hand, or had it when its outcome became uncertain
	HandedAt  time.Time
	Receipt   string
	Why       string // the last error, or why it was withdrawn
}

// The limits of what one person gets.
const (
	maxPerDay = 3 // messages a day and person, the digest among them, urgent ones apart (design: ≤3); also a CHECK
	maxTries  = 5 // hand-overs of one delivery before the next channel is tried
)

// cutPause is the pause after a first try whose connection broke on a channel that takes a key: what was cut is mostly back at once,
// and a second message under the same key is dropped. Later ones wait as after any other error.
const cutPause = 5 * time.Second

// backoff is the pause after try n (from 1). Greylisting servers let a mail in after 5 to 15 minutes.
func backoff(n int) time.Duration {
	pauses := [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
	return pauses[min(max(n, 1), len(pauses))-1]
}

// The notes on notices and deliveries. They are codes, so that a page can word them; see [Words].
const (
	whyChanged    = "subject-changed" // the subject has a later revision
	whyLate       = "too-late"        // useless before it could be sent
	whyQuiet      = "quiet-hours"
	whyDayOff     = "day-off"
	whyMuted      = "muted"
	whyDigest     = "digest-hour"
	whyDailyLimit = "daily-limit" // today's digest has gone, the next will carry it
	whyNoChannel  = "no-channel"  // no address, or all failed
	whyNothing    = "nothing-left"
	whyByHand     = "by-hand" // a person settled it
	whyReceipt    = "by-receipt"
	whyNotArrived = "not-arrived" // the provider took it, its receipt says that it did not arrive
	whyDown       = "provider-down"
	whyUnknown    = "unknown-outcome" // the connection or the worker died during hand-over
)

// words of each note for people, Chinese and English.
var words = map[string][2]string{
	whyChanged:    {"日程已变更", "what it spoke of has changed"},
	whyLate:       {"发送前已过时", "it was of no more use before it could be sent"},
	whyQuiet:      {"免打扰时段，顺延", "waits for the end of quiet hours"},
	whyDayOff:     {"休息日，顺延到下一工作日", "waits for the next working day"},
	whyMuted:      {"本人设了暂不打扰，顺延", "waits until the person wants messages again"},
	whyDigest:     {"等到本人选定的时刻，并入当日汇总", "waits for the hour that the person chose for the digest"},
	whyDailyLimit: {"当日消息已达上限，并入下一次汇总", "today's messages are sent, it joins the next digest"},
	whyNoChannel:  {"暂无可用的联系渠道", "no channel reaches this person"},
	whyNothing:    {"内容已全部取消或过时", "all that it carried was cancelled or expired"},
	whyByHand:     {"已人工核实", "settled by hand"},
	whyReceipt:    {"按服务商回执核定为已发", "sent by the provider's receipt"},
	whyNotArrived: {"服务商回执：没有送达", "the provider's receipt says that it did not arrive"},
	whyDown:       {"服务商暂时不通，恢复后即发", "the provider is out of order; it goes when that is over"},
	whyUnknown:    {"传送结果不明，请核实是否收到", "nobody can know whether it was taken; please ask the person"},
}

// Words returns a note (Why of a notice or delivery) in Chinese and English. A note without words of its own, such as
// a provider's answer, comes back as it is.
func Words(why string) (zh, en string) {
	head, tail, found := cutNote(why)
	w, known := words[head]
	if !known {
		return why, why
	}
	zh, en = w[0], w[1]
	if found {
		tailZH, tailEN := Words(tail)
		zh, en = zh+"："+tailZH, en+": "+tailEN
	}
	return zh, en
}
