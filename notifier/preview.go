package notifier

import (
	"encoding/json"
	"strings"
)

// PreviewOf is a message as a channel would show it: escaped and cut as it sends it, without address, key or secret. Nothing is sent.
func PreviewOf(c Channel, m Message) string {
	form := func(f SMSForm) string {
		values, err := f.values(m)
		if err != nil {
			return err.Error()
		}
		lines := []string{"【" + f.Sign + "】 " + f.code(m)}
		for i, p := range f.Params {
			lines = append(lines, p.Name+" = "+values[i])
		}
		return strings.Join(lines, "\n")
	}
	switch c := c.(type) {
	case WeComBot:
		if c.Text {
			return m.text("", weComBotText, untag)
		}
		return m.markdown("", weComBotMarkdown)
	case WeComApp:
		if c.Text {
			return m.text("", weComAppMost, untag)
		}
		return m.markdown("", weComAppMost)
	case DingTalkBot:
		return m.markdown("", dingTalkMost)
	case DingTalkApp:
		return m.markdown("", dingTalkWork)
	case FeishuBot, FeishuApp:
		b, err := json.MarshalIndent(feishuPost(m, "", "", feishuWords), "", "  ")
		if err != nil {
			return err.Error()
		}
		return string(b)
	case AliyunSMS:
		return form(c.Form)
	case TencentSMS:
		return form(c.Form)
	case SMSGateway:
		body, err := c.body("13000000000", m)
		if err != nil {
			return err.Error()
		}
		return strings.ReplaceAll(string(body), "13000000000", "…")
	}
	return m.Subject + "\n\n" + m.Text
}
