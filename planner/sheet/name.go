package sheet

import (
	"slices"
	"strings"
	"unicode"
)

// CleanName takes the spaces out of a name that is written in Chinese characters, so that 喆 静, padded to three
// places as forms like it, is 喆静. Between Latin letters one space stays.
func CleanName(s string) string {
	var out []rune
	rs := []rune(strings.TrimFunc(s, blank))
	for i, r := range rs {
		if !blank(r) {
			out = append(out, r)
			continue
		}
		next := i + 1
		for next < len(rs) && blank(rs[next]) {
			next++
		}
		if next < len(rs) && len(out) > 0 && !blank(out[len(out)-1]) && !unicode.Is(unicode.Han, out[len(out)-1]) && !unicode.Is(unicode.Han, rs[next]) {
			out = append(out, ' ')
		}
	}
	return string(out)
}

func blank(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' }

// MaskHead cuts a full name to its surname: 张三丰 is 张某某, 欧阳修 is 欧阳某某. Masks that offices write (张**, 张×)
// read alike afterwards. cut reports whether a given name was there and is now gone.
func MaskHead(name string) (masked string, cut bool) {
	name = CleanName(name)
	if strings.ContainsRune(name, '某') {
		return name, false
	}
	rs := []rune(name)
	if i := slices.IndexFunc(rs, func(r rune) bool { return strings.ContainsRune("*＊×xXＸ○〇", r) }); i > 0 {
		return string(rs[:i]) + "某某", false
	}
	switch {
	case len(rs) == 0:
		return "", false
	case len(rs) == 1:
		return name + "某某", false
	case len(rs) >= 3 && slices.Contains(compoundSurnames, string(rs[:2])):
		return string(rs[:2]) + "某某", true
	}
	return string(rs[:1]) + "某某", true
}

// compoundSurnames are the two-character surnames of 百家姓 still in use.
var compoundSurnames = strings.Fields(`欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 司徒 夏侯 轩辕 端木 独孤 南宫 西门 百里 呼延 东郭 钟离 闾丘
	申屠 公羊 赫连 澹台 公冶 宗政 濮阳 淳于 单于 太叔 仲孙 万俟 闻人 鲜于 司空 亓官 司寇 拓跋 夹谷 谷梁 段干 漆雕 乐正 壤驷 公良 第五`)
