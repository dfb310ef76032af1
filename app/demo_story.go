package app

import "fanfare/accounts"

// The texts of the demo, written for it. The occasion is historical: Xiaomi
// brought the Mi 2 to Hong Kong and Taiwan in 2013.

// demoMarket is one market's sale with what is said about it.
type demoMarket struct {
	region, currency      string
	sale, campaign, store string
	units                 int64
	price                 int64 // minor units
	handle, accountName   string
	weiboName             string
	posts                 []demoPost
	later                 []demoPost // for the days after; they stay scheduled
}

// demoPost is one announcement: English for X, Chinese for Weibo.
type demoPost struct{ english, chinese string }

var demoMarkets = []demoMarket{
	{
		region: "HK", currency: "HKD", units: 30_000, price: 2_399_00,
		sale: "Mi 2 in Hong Kong", campaign: "Mi 2 Hong Kong launch", store: "https://store.example.hk/mi2?lang=zh-hk",
		handle: "mi_hongkong", accountName: "Mi Hong Kong", weiboName: "小米香港",
		posts: []demoPost{
			{"Hong Kong, the Mi 2 is here. Quad-core, 720p, HK$2,399. Sale opens at noon: {link}", "香港的米粉，小米手机2来了！四核处理器，高清大屏，2399港元，中午12点开售 {link} "},
			{"Five minutes to go. 30,000 phones, first come first served: {link}", "还有五分钟！首批三万台，先到先得 {link} "},
			{"The Mi 2 sale in Hong Kong is open. Go: {link}", "开售了！小米手机2香港首发，现在就去抢购 {link} "},
			{"A third of the Mi 2 stock is gone in the first minute. Yours is still here: {link}", "开售一分钟，三分之一已经售出。你的那台还在这里 {link} "},
			{"New to MIUI? The Mi 2 gets an update every Friday, shaped by your votes: {link}", "每周五，MIUI都会更新，功能由你投票决定。小米手机2在这里 {link} "},
			{"Last call in Hong Kong: the final Mi 2 units of today's batch: {link}", "香港今日最后一批小米手机2，错过要等下周 {link} "},
		},
		later: []demoPost{
			{"Next batch for Hong Kong: tomorrow at noon. Set a reminder: {link}", "香港下一批小米手机2明天中午开售，记得定好闹钟 {link} "},
			{"Tell us what MIUI should do next, then have a look at the Mi 2: {link}", "下一个MIUI功能由你决定，顺便看看小米手机2 {link} "},
		},
	},
	{
		region: "TW", currency: "TWD", units: 20_000, price: 9_999_00,
		sale: "Mi 2 in Taiwan", campaign: "Mi 2 Taiwan launch", store: "https://store.example.tw/mi2",
		handle: "mi_taiwan", accountName: "Mi Taiwan", weiboName: "小米台灣",
		posts: []demoPost{
			{"Taiwan, you asked for it: the Mi 2 at NT$9,999, no contract: {link}", "台灣的米粉久等了，小米手機2單機價9999元，免綁約 {link} "},
			{"Set your alarm, Taipei. 20,000 Mi 2 phones at noon sharp: {link}", "台北的朋友定好鬧鐘，中午12點整，兩萬台小米手機2 {link} "},
			{"Now: the Mi 2 sale in Taiwan is open: {link}", "現在開賣！小米手機2台灣首批 {link} "},
			{"Two years of warranty with every Mi 2 sold in Taiwan: {link}", "台灣購買的每一台小米手機2都享有兩年保固 {link} "},
			{"Which colour should come next? Vote in our forum, then grab a Mi 2: {link}", "下一個顏色由你決定，先投票，再帶走一台小米手機2 {link} "},
			{"Almost sold out in Taiwan. Thank you. The last Mi 2 units: {link}", "台灣首批即將售完，謝謝大家，最後幾台 {link} "},
		},
		later: []demoPost{
			{"Taiwan, the second batch of the Mi 2 opens tomorrow at noon: {link}", "台灣第二批小米手機2明天中午12點開賣 {link} "},
		},
	},
}

// demoStaff sign in with one password, made for the run.
var demoStaff = [4]accounts.PersonDraft{
	{Email: "admin@fanfare.example", Name: "Wanqiang", Role: accounts.Admin, Locale: "en", TimeZone: "Asia/Hong_Kong"},
	{Email: "marketing@fanfare.example", Name: "Kit Yee", Role: accounts.Marketing, Locale: "en", TimeZone: "Asia/Hong_Kong"},
	{Email: "product@fanfare.example", Name: "Hong Feng", Role: accounts.Product, Locale: "zh-Hans", TimeZone: "Asia/Shanghai"},
	{Email: "moderator@fanfare.example", Name: "Ya-ting", Role: accounts.Moderator, Locale: "zh-Hant", TimeZone: "Asia/Taipei"},
}

// demoPeople are the ids of those who act.
type demoPeople struct {
	staff [len(demoStaff)]int64
	fans  []int64
}

// demoFanNames are given to fans in turn.
var demoFanNames = []string{"阿傑", "Ming", "小雨", "Wei", "怡君", "Jonas", "橙子", "Kelly", "志明", "Lena", "大橘", "Sam", "心怡", "Tobias", "一禾", "Ken"}

// demoIdea is what a fan proposes.
type demoIdea struct {
	title, body, locale string
	tags                []string
}

var demoIdeas = []demoIdea{
	{"A second SIM slot for travellers", "I cross the border every week. **Two numbers in one phone** would save me carrying two.", "en", []string{"hardware"}},
	{"相机可以手动调节曝光", "拍夜景的时候自动模式总是太亮，希望可以**手动调节曝光和白平衡**。", "zh-Hans", []string{"相机"}},
	{"One-handed mode for the large screen", "Swipe along the bottom edge to pull the page down to the thumb.", "en", []string{"miui"}},
	{"支援台灣的行動支付", "希望系統內建錢包可以支援悠遊卡，出門就不用帶卡。", "zh-Hant", []string{"miui", "支付"}},
	{"电池可以换大容量的", "出差一天不够用，愿意接受厚一点的后盖。", "zh-Hans", []string{"hardware", "电池"}},
	{"Schwarze Rückseite ohne Spiegelglanz", "Die glänzende Rückseite zieht Fingerabdrücke an. Eine matte Variante wäre schön.", "de", []string{"hardware", "design"}},
	{"Record calls with consent of both sides", "A spoken notice at the start, then a recording both can download.", "en", []string{"miui"}},
	{"鎖定畫面顯示農曆日期", "長輩常常問今天農曆幾號，放在鎖定畫面就一目了然。", "zh-Hant", []string{"miui"}},
	{"主题商店支持定时切换", "白天浅色，晚上深色，到点自动换。", "zh-Hans", []string{"miui", "主题"}},
	{"Open the unlock tool for Linux", "The bootloader tool is Windows only. Many of us who build ROMs are not.", "en", []string{"developer"}},
	{"Benachrichtigungen nach Kontakt stumm schalten", "Einzelne Kontakte am Abend stumm, alle anderen laut.", "de", []string{"miui"}},
	{"香港版加入粵語語音輸入", "講廣東話時語音輸入成日認錯字，希望有粵語引擎。", "zh-Hant", []string{"miui", "語音"}},
}

// demoComments are said under ideas in turn.
var demoComments = []string{"Yes, please.", "等这个功能很久了", "這個我也需要", "Das fehlt mir auch.", "Would this work on the Mi 1S as well?", "支持，投了一票"}
