package web

func (s *Server) deskRoutes() {
	s.handle("GET", "/calendar", marketing, s.calendar)
	s.handle("POST", "/pause", marketing, s.pause)
	s.handle("POST", "/resume", marketing, s.resume)

	s.handle("GET", "/sales/new", marketing, s.newSale)
	s.handle("POST", "/sales", marketing, s.createSale)
	s.handle("GET", "/campaigns", marketing, s.campaignList)
	s.handle("GET", "/campaigns/new", marketing, s.newCampaign)
	s.handle("POST", "/campaigns", marketing, s.createCampaign)
	s.handle("GET", "/campaigns/:id", marketing, s.campaign)
	s.handle("GET", "/campaigns/:id/report/:file", marketing, s.campaignReportFile)
	s.handle("GET", "/campaigns/:id/drop", marketing, s.drop)
	s.handle("GET", "/campaigns/:id/drop/events", marketing, s.dropEvents)

	s.handle("GET", "/reports", marketing, s.compare)
	s.handle("GET", "/reports/:file", marketing, s.compareFile)

	s.handle("GET", "/posts/new", marketing, s.choosePostCampaign)
	s.handle("GET", "/campaigns/:id/posts/new", marketing, s.newPost)
	s.handle("POST", "/campaigns/:id/posts", marketing, s.schedulePost)
	s.handle("POST", "/campaigns/:id/posts/images", marketing, s.attachImages)
	s.handle("POST", "/campaigns/:id/posts/preview", marketing, s.previewPost)
	s.handle("GET", "/posts/:id", marketing, s.post)
	s.handle("GET", "/posts/:id/report/:file", marketing, s.postReportFile)
	s.handle("POST", "/posts/:id/cancel", marketing, s.cancelPost)
	s.handle("POST", "/posts/:id/deliveries/:delivery/found", marketing, s.foundDelivery)
	s.handle("POST", "/posts/:id/deliveries/:delivery/repeat", marketing, s.repeatDelivery)

	s.handle("GET", "/orders", marketing, s.orderList)
	s.handle("GET", "/ranking", product, s.ranking)
	s.handle("GET", "/ranking/export", product, s.exportIdeas)

	s.handle("GET", "/settings", staff, s.settings)
	s.handle("GET", "/settings/accounts", marketing, s.socialAccounts)
	s.handle("GET", "/settings/accounts/new", marketing, s.newSocialAccount)
	s.handle("POST", "/settings/accounts", marketing, s.connectAccount)
	s.handle("GET", "/settings/people", admins, s.people)
	s.handle("POST", "/settings/people", admins, s.createPerson)
	s.handle("POST", "/settings/people/:id/block", admins, s.blockPerson(true))
	s.handle("POST", "/settings/people/:id/unblock", admins, s.blockPerson(false))
	s.handle("GET", "/settings/keys", admins, s.keys)
	s.handle("POST", "/settings/keys", admins, s.createKey)
	s.handle("POST", "/settings/keys/:id/revoke", admins, s.revokeKey)
	s.handle("GET", "/settings/audit", admins, s.audit)
}
