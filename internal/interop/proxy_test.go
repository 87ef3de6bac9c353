package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy is a program that can stand between a merchant and the gateway.
type proxy struct {
	name          string
	debianPackage string
	program       string
	arguments     func(dir, config string) []string
	config        string // {dir}, {front} and {upstream} are replaced
}

// lines are additions to a proxy's configuration.
type lines struct {
	front    string // of the clients' side
	upstream string // of the gateway's side
}

var nginx = proxy{
	name: "nginx", debianPackage: "nginx-light", program: "nginx",
	arguments: func(dir, config string) []string { return []string{"-p", dir, "-e", "stderr", "-c", config} },
	config: `
daemon off;
master_process off; # one process, so that a kill is the end of it
pid {dir}/pid;
error_log stderr info;
events {}
http {
	access_log /dev/stdout;
	client_body_temp_path {dir}/client;
	proxy_temp_path {dir}/proxy;
	fastcgi_temp_path {dir}/fastcgi;
	uwsgi_temp_path {dir}/uwsgi;
	scgi_temp_path {dir}/scgi;
	upstream gateway {
		server unix:{dir}/upstream0 max_fails=0;
		server unix:{dir}/upstream1 max_fails=0;
	}
	server {
		listen unix:{dir}/front ssl http2;
		ssl_certificate {dir}/certificate.pem;
		ssl_certificate_key {dir}/certificate.pem;
		{front}
		location / {
			proxy_pass https://gateway;
			proxy_set_header Host $http_host;
			proxy_set_header X-Front-Protocol $server_protocol;
			{upstream}
		}
	}
}
`,
}

var haproxy = proxy{
	name: "HAProxy", debianPackage: "haproxy", program: "haproxy",
	arguments: func(_, config string) []string { return []string{"-db", "-f", config} },
	config: `
global
	log stdout format raw local0
defaults
	mode http
	log global
	option httplog
	timeout connect 10s
	timeout client 1m
	timeout server 1m
frontend front
	bind unix@{dir}/front ssl crt {dir}/certificate.pem alpn h2,http/1.1
	http-request set-header X-Front-Protocol %[req.ver]
	{front}
	default_backend gateway
backend gateway
	{upstream}
	server upstream0 unix@{dir}/upstream0 ssl verify none
	server upstream1 unix@{dir}/upstream1 ssl verify none
`,
}

// start starts the proxy in front of u.
func (p proxy) start(t *testing.T, u *upstream, l lines) *daemon {
	t.Helper()
	program := needs(t, p.program, p.debianPackage)
	config := filepath.Join(u.dir, "config")
	text := strings.NewReplacer("{dir}", u.dir, "{front}", l.front, "{upstream}", l.upstream).Replace(p.config)
	require.NoError(t, os.WriteFile(config, []byte(text), 0o600))
	d, err := startDaemon(t, listens(u.front()), program, p.arguments(u.dir, config)...)
	require.NoError(t, err)
	return d
}

// setup is a proxy with additions to its configuration, and how clients talk to it.
type setup struct {
	proxy
	lines
	protocol protocol
}

func (s setup) String() string { return fmt.Sprintf("%s HTTP/%s", s.name, s.protocol) }

// setups are the proxies with their lines, for each protocol.
func setups(ofNginx, ofHAProxy lines) []setup {
	return []setup{
		{nginx, ofNginx, http1},
		{nginx, ofNginx, http2},
		{haproxy, ofHAProxy, http1},
		{haproxy, ofHAProxy, http2},
	}
}

// start starts the proxy in front of u.
func (s setup) start(t *testing.T, u *upstream) *daemon {
	t.Helper()
	return s.proxy.start(t, u, s.lines)
}
