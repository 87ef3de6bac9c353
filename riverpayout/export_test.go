package riverpayout

// OpenQuery is the statement of Journal.Open.
const OpenQuery = open
