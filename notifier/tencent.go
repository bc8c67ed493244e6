package notifier

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// TencentSMS sends text messages over Tencent Cloud (SendSms, version 2021-01-11). To is a mainland mobile number. Our key
// goes along as SessionContext and comes back in receipts; it is no idempotency key.
type TencentSMS struct {
	Account
	KeyID  string
	Secret Secret
	App    string // SmsSdkAppId
	Region string // empty: ap-guangzhou
	Form   SMSForm
}

const tencentHost = "https://sms.tencentcloudapi.com"

// tencentCodes are the codes of cloud.tencent.com/document/api/382/59177 and …/38780 that say more than "refused".
var tencentCodes = map[string]meaning{
	"Ok": meansOK, "InternalError": meansAgain, "InternalError.Timeout": meansAgain, "InternalError.OtherError": meansAgain, "InternalError.RequestTimeException": meansAgain,
	"RequestLimitExceeded": meansPause, "LimitExceeded": meansPause, "LimitExceeded.AppGlobalFrequency": meansPause,
	"LimitExceeded.PhoneNumberThirtySecondLimit": meansPauseOne, "LimitExceeded.PhoneNumberOneHourLimit": meansPauseOne,
	"LimitExceeded.DeliveryFrequencyLimit": meansPauseOne,
	"LimitExceeded.AppDailyLimit":          meansAccount, "LimitExceeded.AppCountryOrRegionDailyLimit": meansAccount,
	"FailedOperation.InsufficientBalanceInSmsPackage": meansAccount, "FailedOperation.SignatureIncorrectOrUnapproved": meansAccount,
	"FailedOperation.TemplateIncorrectOrUnapproved": meansAccount, "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": meansAccount,
	"InvalidParameterValue.SdkAppIdNotExist": meansAccount, "IpInBlacklist": meansAccount, "IpNotInWhitelist": meansAccount,
}

// tencentMeans also knows whole families of codes.
func tencentMeans(code string) meaning {
	if m, ok := tencentCodes[code]; ok {
		return m
	}
	family, _, _ := strings.Cut(code, ".")
	switch family {
	case "AuthFailure", "UnauthorizedOperation", "ResourceInsufficient":
		return meansAccount
	case "RequestLimitExceeded":
		return meansPause
	case "InternalError":
		return meansAgain
	}
	return meansRefused
}

// tencentPauses are how long a number's limit lasts.
var tencentPauses = map[string]time.Duration{
	"LimitExceeded.PhoneNumberThirtySecondLimit": 30 * time.Second,
	"LimitExceeded.PhoneNumberOneHourLimit":      time.Hour,
	"LimitExceeded.DeliveryFrequencyLimit":       time.Minute,
}

// Name is the label, or sms.
func (c TencentSMS) Name() string { return c.name("sms") }

// Wants is what To must be.
func (c TencentSMS) Wants() AddressKind { return ToMobile }

// TakesKey is false.
func (c TencentSMS) TakesKey() bool { return false }

// Limits: 默认接口请求频率限制：3000次/秒 (cloud.tencent.com/document/api/382/55981), which no worker of ours reaches; we leave other
// systems of the office five sixths. To one number Tencent takes two messages a day unless the office raises that in the console
// (cloud.tencent.com/document/faq/382/13303: 同一手机号一个自然日最多发送2条，可设置发送频率限制; carriers stop at ten): set it to three or more.
func (c TencentSMS) Limits() []Limit { return c.limits(Limit{N: 500, Per: time.Second}) }

// tencentAnswer is the part of Tencent's answers that we read.
type tencentAnswer struct {
	Response struct {
		Error *struct {
			Code  string `json:"Code"`
			Words string `json:"Message"`
		} `json:"Error"`
		Sent []struct {
			Serial string `json:"SerialNo"`
			Code   string `json:"Code"`
			Words  string `json:"Message"`
		} `json:"SendStatusSet"`
		Pulled []struct {
			Serial  string `json:"SerialNo"`
			Status  string `json:"ReportStatus"` // SUCCESS, FAIL
			Context string `json:"SessionContext"`
		} `json:"PullSmsSendStatusSet"`
	} `json:"Response"`
}

// Send hands one text message over.
func (c TencentSMS) Send(ctx context.Context, m Message) (Receipt, error) {
	mobile, err := mobileOf(m.To)
	if err != nil {
		return Receipt{}, err
	}
	values, err := c.Form.values(m)
	if err != nil {
		return Receipt{}, &Permanent{err}
	}
	said, got, err := c.ask(ctx, "SendSms", map[string]any{"PhoneNumberSet": []string{"+86" + mobile}, "SmsSdkAppId": c.App, "SignName": c.Form.Sign,
		"TemplateId": c.Form.code(m), "TemplateParamSet": values, "SessionContext": m.Key}, mobile)
	if err != nil {
		return Receipt{}, err
	}
	if len(said.Response.Sent) != 1 {
		return Receipt{}, got.byStatus()
	}
	s := said.Response.Sent[0]
	return Receipt{ID: s.Serial}, got.said(tencentMeans(s.Code), s.Code, s.Words, tencentPauses[s.Code])
}

// Arrived asks for the carrier's receipt of a number (PullSmsSendStatusByPhoneNumber, cloud.tencent.com/document/api/382/38773: the last
// seven days, 100 at a time, 20 look-ups a second).
func (c TencentSMS) Arrived(ctx context.Context, receipt, to string, sent time.Time) (Arrival, error) {
	a, _, err := c.pull(ctx, to, sent, func(serial, _ string) bool { return serial == receipt })
	return a, err
}

// Trace looks for the receipt whose SessionContext is the key. Tencent lists a message once the carrier has said what became of it.
func (c TencentSMS) Trace(ctx context.Context, key, to string, sent time.Time) (Arrival, bool, error) {
	return c.pull(ctx, to, sent, func(_, context string) bool { return context == key })
}

// pull finds the receipt of a number that is meant.
func (c TencentSMS) pull(ctx context.Context, to string, sent time.Time, meant func(serial, context string) bool) (Arrival, bool, error) {
	mobile, err := mobileOf(to)
	if err != nil {
		return ArrivalPending, false, err
	}
	said, _, err := c.ask(ctx, "PullSmsSendStatusByPhoneNumber", map[string]any{"PhoneNumber": "+86" + mobile, "SmsSdkAppId": c.App,
		"BeginTime": sent.Add(-time.Minute).Unix(), "Offset": 0, "Limit": 100}, mobile)
	if err != nil {
		return ArrivalPending, false, err
	}
	for _, p := range said.Response.Pulled {
		switch {
		case !meant(p.Serial, p.Context):
		case p.Status == "SUCCESS":
			return ArrivalDone, true, nil
		case p.Status == "FAIL":
			return ArrivalFailed, true, nil
		}
	}
	return ArrivalPending, false, nil
}

// ask calls an interface of version 2021-01-11.
func (c TencentSMS) ask(ctx context.Context, action string, body map[string]any, mobile string) (said tencentAnswer, got answer, err error) {
	base := c.base(tencentHost)
	host, err := url.Parse(base)
	if err != nil {
		return said, got, &Down{errors.New("the provider's address in the settings is not a URL")}
	}
	payload, err := encode(body)
	if err != nil {
		return said, got, &Permanent{err}
	}
	region := c.Region
	if region == "" {
		region = "ap-guangzhou"
	}
	header := http.Header{"Host": {host.Host}, "Content-Type": {jsonUTF8}, "X-Tc-Action": {action}, "X-Tc-Version": {"2021-01-11"}, "X-Tc-Region": {region}}
	signTC3(header, c.KeyID, c.Secret, "sms", c.Now(), payload)
	got, err = c.exchange(ctx, call{http.MethodPost, base + "/", header, payload, []string{mobile, c.KeyID}})
	if err != nil {
		return said, got, err
	}
	if err := json.Unmarshal(got.body, &said); err != nil {
		return said, got, got.byStatus()
	}
	if e := said.Response.Error; e != nil {
		return said, got, got.said(tencentMeans(e.Code), e.Code, e.Words, tencentPauses[e.Code])
	}
	if got.status != http.StatusOK {
		return said, got, got.byStatus()
	}
	return said, got, nil
}

// signTC3 signs a POST to / by Tencent Cloud's method v3 (cloud.tencent.com/document/api/382/52072) and puts time and
// signature into the header. Signed are content-type and host.
func signTC3(header http.Header, keyID string, secret Secret, service string, now time.Time, body []byte) {
	const signed = "content-type;host"
	hash := sha256.Sum256(body)
	canonical := "POST\n/\n\ncontent-type:" + strings.ToLower(header.Get("Content-Type")) + "\nhost:" + strings.ToLower(header.Get("Host")) + "\n\n" + signed + "\n" + hex.EncodeToString(hash[:])
	digest := sha256.Sum256([]byte(canonical))
	seconds, day := strconv.FormatInt(now.Unix(), 10), now.UTC().Format(time.DateOnly)
	scope := day + "/" + service + "/tc3_request"
	key := []byte("TC3" + string(secret))
	for _, part := range []string{day, service, "tc3_request"} {
		key = hmacSum(key, part)
	}
	signature := hmacSum(key, "TC3-HMAC-SHA256\n"+seconds+"\n"+scope+"\n"+hex.EncodeToString(digest[:]))
	header.Set("X-Tc-Timestamp", seconds)
	header.Set("Authorization", "TC3-HMAC-SHA256 Credential="+keyID+"/"+scope+", SignedHeaders="+signed+", Signature="+hex.EncodeToString(signature))
}

func hmacSum(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
