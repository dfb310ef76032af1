package sandbox

// view shows a post as Weibo's page does: in China's time, a link as the words
// "网页链接".
func (w *Weibo) view(p Post) pagePost {
	text := cutURLs(p.Text)
	for i := range text {
		if text[i].Href != "" {
			text[i].Text = "网页链接"
		}
	}
	return pagePost{
		ID: p.ID, Name: p.Handle, Hue: hue(p.AccountID), At: p.At.In(chinaTime),
		Text: text, URL: "/" + p.AccountID + "/" + p.ID, Pictures: pagePictures(p.Pictures),
		Counts: []count{{reposts(p, w.clock()), "转发"}, {replies(p, w.clock()), "评论"}, {likes(p, w.clock()), "赞"}},
	}
}

func (w *Weibo) words() words { return chinese }
