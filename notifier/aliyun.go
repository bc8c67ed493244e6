package notifier

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// AliyunSMS sends text messages over Alibaba Cloud (SendSms, version 2017-05-25). To is a mainland mobile number. Our key
// goes along as OutId, by which the office finds the message in Aliyun's records; it is no idempotency key.
type AliyunSMS struct {
	Account
	KeyID  string
	Secret Secret
	Form   SMSForm
}

const aliyunHost = "https://dysmsapi.aliyuncs.com"

// aliyunCodes are the codes of help.aliyun.com/document_detail/101346.html that say more than "refused".
var aliyunCodes = map[string]meaning{
	"OK": meansOK, "isp.SYSTEM_ERROR": meansAgain, "ServiceUnavailable": meansAgain, "InternalError": meansAgain,
	"isv.BUSINESS_LIMIT_CONTROL": meansPauseOne,
	"Throttling":                 meansPause, "Throttling.User": meansPause, "Throttling.Api": meansPause,
	"isv.DAY_LIMIT_CONTROL": meansAccount, "isv.MONTH_LIMIT_CONTROL": meansAccount, "isv.AMOUNT_NOT_ENOUGH": meansAccount,
	"isv.OUT_OF_SERVICE": meansAccount, "isv.PRODUCT_UN_SUBSCRIPT": meansAccount, "isv.PRODUCT_UNSUBSCRIBE": meansAccount,
	"isv.ACCOUNT_NOT_EXISTS": meansAccount, "isv.ACCOUNT_ABNORMAL": meansAccount, "isv.DENY_IP_RANGE": meansAccount,
	"isv.SMS_TEMPLATE_ILLEGAL": meansAccount, "isv.SMS_SIGNATURE_ILLEGAL": meansAccount, "isv.SMS_SIGN_ILLEGAL": meansAccount,
	"isv.SIGN_STATE_ILLEGAL": meansAccount, "isv.SMS_SIGNATURE_SCENE_ILLEGAL": meansAccount, "isp.RAM_PERMISSION_DENY": meansAccount,
	"isv.RAM_PERMISSION_DENY": meansAccount, "SignatureDoesNotMatch": meansAccount, "InvalidAccessKeyId.NotFound": meansAccount,
	"InvalidAccessKeyId.Inactive": meansAccount, "InvalidTimeStamp.Expired": meansAccount, "SignatureNonceUsed": meansAgain, "IncompleteSignature": meansAccount,
}

// Name is the label, or sms.
func (c AliyunSMS) Name() string { return c.name("sms") }

// Wants is what To must be.
func (c AliyunSMS) Wants() AddressKind { return ToMobile }

// TakesKey is false.
func (c AliyunSMS) TakesKey() bool { return false }

// Limits: 5,000 a second for an account (SendSms, QPS限制), which no worker of ours reaches; we leave other systems of the
// office nine tenths. To one number at most 50 notices a day of one sign and template (通知短信; help.aliyun.com/document_detail/108293.html),
// which three messages a day do not reach.
func (c AliyunSMS) Limits() []Limit { return c.limits(Limit{N: 500, Per: time.Second}) }

// aliyunAnswer is the part of Aliyun's answers that we read.
type aliyunAnswer struct {
	Code    string `json:"Code"`
	Words   string `json:"Message"`
	BizID   string `json:"BizId"`
	Details struct {
		List []struct {
			Status aliyunStatus `json:"SendStatus"`
			OutID  string       `json:"OutId"`
		} `json:"SmsSendDetailDTO"`
	} `json:"SmsSendDetailDTOs"`
}

func (d aliyunAnswer) err(a answer) error {
	if d.Code == "" {
		return a.byStatus()
	}
	m, pause := aliyunCodes[d.Code], time.Minute
	if m == meansPauseOne { // the code is one for a number's limits of a minute, an hour and a day; the words tell which
		switch {
		case strings.Contains(d.Words, "天级"):
			m = meansRefused // not before tomorrow: another address is better
		case strings.Contains(d.Words, "小时级"):
			pause = time.Hour
		}
	}
	return a.said(m, d.Code, d.Words, pause)
}

// Send hands one text message over.
func (c AliyunSMS) Send(ctx context.Context, m Message) (Receipt, error) {
	mobile, err := mobileOf(m.To)
	if err != nil {
		return Receipt{}, err
	}
	values, err := c.Form.values(m)
	if err != nil {
		return Receipt{}, &Permanent{err}
	}
	params := map[string]string{}
	for i, p := range c.Form.Params {
		params[p.Name] = values[i]
	}
	packed, err := encode(params)
	if err != nil {
		return Receipt{}, &Permanent{err}
	}
	said, err := c.ask(ctx, "SendSms", url.Values{"PhoneNumbers": {mobile}, "SignName": {c.Form.Sign}, "TemplateCode": {c.Form.code(m)},
		"TemplateParam": {string(packed)}, "OutId": {m.Key}}, mobile)
	return Receipt{ID: said.BizID}, err
}

// Arrived asks for the carrier's receipt (QuerySendDetails, help.aliyun.com/document_detail/419277.html: by number and day, the last
// thirty days, 5,000 look-ups a second).
func (c AliyunSMS) Arrived(ctx context.Context, receipt, to string, sent time.Time) (Arrival, error) {
	mobile, err := mobileOf(to)
	if err != nil {
		return ArrivalPending, err
	}
	said, err := c.ask(ctx, "QuerySendDetails", url.Values{"PhoneNumber": {mobile}, "BizId": {receipt},
		"SendDate": {sent.In(beijing).Format("20060102")}, "PageSize": {"10"}, "CurrentPage": {"1"}}, mobile)
	if err != nil || len(said.Details.List) == 0 {
		return ArrivalPending, err
	}
	return said.Details.List[0].Status.arrival(), nil
}

// aliyunStatus is SendStatus: 1 waits for the carrier's receipt, 2 failed, 3 arrived.
type aliyunStatus int

func (s aliyunStatus) arrival() Arrival {
	switch s {
	case 2:
		return ArrivalFailed
	case 3:
		return ArrivalDone
	}
	return ArrivalPending
}

// Trace looks for the message whose OutId is the key among those that went to the number on the day, and on the day after if it went
// shortly before midnight.
func (c AliyunSMS) Trace(ctx context.Context, key, to string, sent time.Time) (Arrival, bool, error) {
	mobile, err := mobileOf(to)
	if err != nil {
		return ArrivalPending, false, err
	}
	days := []string{sent.In(beijing).Format("20060102")}
	if next := sent.Add(traceFor).In(beijing).Format("20060102"); next != days[0] {
		days = append(days, next)
	}
	for _, day := range days {
		said, err := c.ask(ctx, "QuerySendDetails", url.Values{"PhoneNumber": {mobile}, "SendDate": {day}, "PageSize": {"50"}, "CurrentPage": {"1"}}, mobile)
		if err != nil {
			return ArrivalPending, false, err
		}
		for _, d := range said.Details.List {
			if d.OutID == key {
				return d.Status.arrival(), true, nil
			}
		}
	}
	return ArrivalPending, false, nil
}

// beijing is the vendors' zone.
var beijing = time.FixedZone("CST", 8*60*60)

// ask calls an interface. Everything, the number among it, goes in the body: a query would stand in logs on the way.
func (c AliyunSMS) ask(ctx context.Context, action string, form url.Values, mobile string) (said aliyunAnswer, err error) {
	base := c.base(aliyunHost)
	host, err := url.Parse(base)
	if err != nil {
		return said, &Down{errors.New("the provider's address in the settings is not a URL")}
	}
	body := []byte(form.Encode())
	header := http.Header{"Host": {host.Host}, "Content-Type": {"application/x-www-form-urlencoded"}, "X-Acs-Action": {action}, "X-Acs-Version": {"2017-05-25"},
		"X-Acs-Date": {c.Now().UTC().Format("2006-01-02T15:04:05Z")}, "X-Acs-Signature-Nonce": {rand.Text()}}
	signACS3(header, c.KeyID, c.Secret, http.MethodPost, "/", nil, body)
	got, err := c.exchange(ctx, call{http.MethodPost, base + "/", header, body, []string{mobile, c.KeyID}})
	if err != nil {
		return said, err
	}
	if err := json.Unmarshal(got.body, &said); err != nil {
		return said, got.byStatus()
	}
	return said, said.err(got)
}

// signACS3 signs a request by Alibaba Cloud's method V3 (help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature)
// and puts the hash of the body and the signature into the header. Signed are host, content-type and all x-acs- headers.
func signACS3(header http.Header, keyID string, secret Secret, method, path string, query url.Values, body []byte) {
	hash := sha256.Sum256(body)
	header.Set("X-Acs-Content-Sha256", hex.EncodeToString(hash[:]))
	var names []string
	for name := range header {
		if lower := strings.ToLower(name); lower == "host" || lower == "content-type" || strings.HasPrefix(lower, "x-acs-") {
			names = append(names, lower)
		}
	}
	slices.Sort(names)
	var lines strings.Builder
	for _, name := range names {
		lines.WriteString(name + ":" + strings.TrimSpace(header.Get(name)) + "\n")
	}
	signed := strings.Join(names, ";")
	// RFC 3986 leaves ~ alone and writes a blank as %20; url.Values agrees but for the blank.
	canonical := strings.Join([]string{method, path, strings.ReplaceAll(query.Encode(), "+", "%20"), lines.String(), signed, hex.EncodeToString(hash[:])}, "\n")
	digest := sha256.Sum256([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("ACS3-HMAC-SHA256\n" + hex.EncodeToString(digest[:])))
	header.Set("Authorization", "ACS3-HMAC-SHA256 Credential="+keyID+",SignedHeaders="+signed+",Signature="+hex.EncodeToString(mac.Sum(nil)))
}
