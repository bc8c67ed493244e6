package planner

import (
	"time"

	"lianxin/planner/civil"
)

// RequestKind is what a household asks the office to do with its record.
type RequestKind string

const (
	RequestCorrect    RequestKind = "correct"     // 更正
	RequestErase      RequestKind = "erase"       // 删除; done at the counter, after the clerk has checked who asks
	RequestOtherCadre RequestKind = "other-cadre" // 换一位干部; no reason is asked for
)

// RequestDays is how long the office has to answer a request. [domain.md §6.1: PIPL Art. 44–50 set no number; 15 days is the project's
// default, after the 15 days of the 信访工作条例 Art. 23]
const RequestDays = 15

// Request 权利请求 is one wish of a household about its record. Open ones are worked off by due day.
type Request struct {
	ID         string      `json:"id"`
	Household  HouseholdID `json:"household"`
	Kind       RequestKind `json:"kind"`
	Words      string      `json:"words,omitempty"` // sealed under the household's key at rest
	AskedOn    civil.Date  `json:"asked_on"`
	DueOn      civil.Date  `json:"due_on"`
	State      string      `json:"state"`            // open, done, refused
	Answer     string      `json:"answer,omitempty"` // a refusal always has one
	AnsweredOn civil.Date  `json:"answered_on,omitzero"`
}

// Card 户卡 is what a household's two codes open. Only their hashes are stored: hex SHA-256.
type Card struct {
	Household     HouseholdID
	CodeHash      string
	ComplaintHash string
	IssuedOn      civil.Date
}

// Complaint 投诉建议 names a village at most, never a household.
type Complaint struct {
	ID         string     `json:"id"`
	Village    AreaCode   `json:"village,omitempty"`
	Words      string     `json:"words"`
	WrittenOn  civil.Date `json:"written_on"`
	Answer     string     `json:"answer,omitempty"`
	AnsweredOn civil.Date `json:"answered_on,omitzero"`
}

// Look is one time that somebody read a household's record.
type Look struct {
	At  time.Time `json:"at"`
	Who string    `json:"who"`
	For string    `json:"for"` // the operation
}
