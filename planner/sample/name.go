package sample

import "strings"

// Surnames by how often they are drawn; no claim about real shares. Given names are put together from two lists.
var (
	commonSurnames = strings.Fields("王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗")
	otherSurnames  = strings.Fields("梁 宋 郑 谢 韩 唐 冯 于 董 萧 程 曹 袁 邓 许 傅 沈 曾 彭 吕 苏 卢 蒋 蔡 贾 丁 魏 薛 叶 阎 余 潘 杜 戴 夏 钟 汪 田 任 姜 范 方 石 姚 谭 廖 邹 熊 金 陆 郝 孔 白 崔 康 毛 邱 秦 江 史 顾 侯 邵 孟 龙 万 段 雷 钱 汤 尹 黎 易 常 武 乔 贺 赖 龚 文")
	rareSurnames   = strings.Fields("欧阳 上官 司马 诸葛 令狐 单 仇 区 解 查 盖 乐 尉迟 㛃 𠮷 𬭎 龘 喆")
	firstGiven     = strings.Fields("明 志 建 海 文 秀 晓 春 永 国 玉 新 红 小 丽 世 光 俊 宏 庆 学 金 振 雪 爱 思 梦 子 一 佳 天 怀 承 安 若 雅 正 立 乐 书")
	lastGiven      = strings.Fields("华 平 军 芳 强 霞 静 伟 敏 杰 燕 勇 磊 娟 涛 艳 超 丽 宁 辉 刚 洁 鹏 梅 峰 莉 斌 玲 波 萍 林 琳 东 颖 凯 倩 浩 慧 亮 悦 航 瑶 博 菲 阳 欣 然 雯 宇 琪")
)

// rareNames are names that break PDF fonts, GBK files, pinyin tables and name checks alike. They are given to
// staff at even distances; the one with the space is padded as offices pad two-character names.
var rareNames = []string{"王㛃", "𠮷明华", "陈𬭎", "赵龘", "喆 静", "阿依古丽·买买提", "李喆", "欧阳文喆", "㛃若兰", "孙𠮷", "龘 宁", "迪丽努尔·艾合买提"}

// rareHeads stand among the masked heads of households.
var rareHeads = []string{"㛃某某", "𠮷某某", "𬭎某某", "龘某某", "喆某某", "阿依古丽·某某"}

// surname draws a surname.
func surname(r *rng) string {
	switch n := r.n(1000); {
	case n < 560:
		return pick(r, commonSurnames)
	case n < 985:
		return pick(r, otherSurnames)
	}
	return pick(r, rareSurnames)
}

// fullName draws an invented name of two to four characters.
func fullName(r *rng) string {
	name := surname(r)
	if !r.chance(250) {
		name += pick(r, firstGiven)
	}
	return name + pick(r, lastGiven)
}

// maskedHead draws a head of household as the household roster shows it: 张某某.
func maskedHead(r *rng) string { return surname(r) + "某某" }
