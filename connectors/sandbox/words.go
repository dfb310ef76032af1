package sandbox

// words are what the shared page says, in the language of its network. Some
// are formats.
type words struct {
	Lang         string // BCP 47
	Kind         string // of the page, in its title
	Sandbox      string
	Notice       string // takes the network's title
	All          string // the link back to all posts
	One, Many    string // take the number of posts
	Hold, Follow string // stop and start reloading
	Empty        string
	Newest       string // takes how many are shown, and of how many

	Asks        string // takes the app
	As, Nobody  string
	Allow, Deny string
}

// Total gives the format for a number of posts.
func (w words) Total(n int) string {
	if n == 1 {
		return w.One
	}
	return w.Many
}

var english = words{
	Lang: "en", Kind: "a sandbox", Sandbox: "Sandbox.",
	Notice: "This is not %s. Nothing here leaves this machine.",
	All:    "All posts", One: "%d post", Many: "%d posts",
	Hold: "Hold still", Follow: "Follow live",
	Empty:  "No posts yet. They appear here the moment they arrive.",
	Newest: "The newest %d of %d posts.",
	Asks:   "%s wants to access your account.",
	As:     "Signed in as", Nobody: "This sandbox has no account yet.",
	Allow: "Authorize app", Deny: "Cancel",
}

var chinese = words{
	Lang: "zh-CN", Kind: "沙盒", Sandbox: "沙盒。",
	Notice: "这不是真正的%s，这里的内容不会离开本机。",
	All:    "全部微博", One: "%d 条微博", Many: "%d 条微博",
	Hold: "暂停刷新", Follow: "实时刷新",
	Empty:  "还没有微博。一有新微博，就会出现在这里。",
	Newest: "最新的 %d 条，共 %d 条。",
	Asks:   "应用 %s 请求访问你的微博账号。",
	As:     "登录账号", Nobody: "这个沙盒里还没有账号。",
	Allow: "授权", Deny: "取消",
}

// wordsOf gives a network's words: English unless it has its own.
func wordsOf(n network) words {
	if own, ok := n.(interface{ words() words }); ok {
		return own.words()
	}
	return english
}
