//! What must be read of each torture message of RFC 4475 and RFC 5118 that is accepted: acceptance
//! alone hides a lost Via or half a URI.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;

use sip_parser::{Limits, Line, Message, NameAddr, ParseError, Uri};

/// File, clause, and what is read of it, in the order of [`facts`].
const TABLE: &[(&str, &str, &[&str])] = &[
    (
        "wsinv",
        "RFC 4475 §3.1.1.1",
        &[
            "INVITE",
            "sip user=Some(\"vivekg\") host=chair-dnrc.example.com port=None params=;unknownparam headers=None",
            "UDP 192.0.2.2 390skdjuw, TCP spindle.example.com z9hG4bK9ikj8, UDP 192.168.255.111 z9hG4bK30239",
            "from \"J Rosenberg \\\\\\\\\\\\\\\"\" <sip:jdrosen@example.com> ; tag = 98asjd8",
            "to <sip:vivekg@chair-dnrc.example.com> ;   tag    = 1918181833n",
            "wsinv.ndaksdj@192.0.2.1 9 INVITE",
            "contact \"Quoted string \\\\\\\"\\\\\\\"\" <sip:jdrosen@example.com> ; newparam = newvalue ; secondparam ; q = 0.33",
            "hops Some(68), lines 14, body 150",
        ],
    ),
    (
        "intmeth",
        "RFC 4475 §3.1.1.2",
        &[
            "!interesting-Method0123456789_*+`.%indeed'~",
            "sip user=Some(\"1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*\") host=example.com port=None params= headers=None",
            "TCP host1.example.com z9hG4bK-.!%66*_+`'~",
            "from \"token1~` token2'+_ token3*%!.-\" <sip:mundane@example.com>;fromParam''~+*_!.-%=\"работающий\";tag=_token~1'+`*%!-.",
            "to \"BEL:\\\\\\u{7} NUL:\\\\\\0 DEL:\\\\\\u{7f}\" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>",
            "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{ 139122385 !interesting-Method0123456789_*+`.%indeed'~",
            "contact ",
            "hops Some(255), lines 8, body 0",
        ],
    ),
    (
        "esc01",
        "RFC 4475 §3.1.1.3",
        &[
            "INVITE",
            "sip user=Some(\"sips%3Auser%40example.com\") host=example.net port=None params= headers=None",
            "UDP host5.example.net z9hG4bKkdjuw",
            "from <sip:I%20have%20spaces@example.net>;tag=938",
            "to <sip:%75se%72@example.com>",
            "esc01.239409asdfakjkn23onasd0-3234 234234 INVITE",
            "contact <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>",
            "hops Some(87), lines 9, body 150",
        ],
    ),
    (
        "escnull",
        "RFC 4475 §3.1.1.4",
        &[
            "REGISTER",
            "sip user=None host=example.com port=None params= headers=None",
            "UDP host5.example.com z9hG4bKkdjuw",
            "from <sip:null-%00-null@example.com>;tag=839923423",
            "to <sip:null-%00-null@example.com>",
            "escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd 14398234 REGISTER",
            "contact <sip:%00@host5.example.com>, <sip:%00%00@host5.example.com>",
            "hops Some(70), lines 9, body 0",
        ],
    ),
    (
        "esc02",
        "RFC 4475 §3.1.1.5",
        &[
            "RE%47IST%45R",
            "sip user=None host=registrar.example.com port=None params= headers=None",
            "TCP host.example.com z9hG4bK209%fzsnel234",
            "from \"%Z%45\" <sip:resource@example.com>;tag=f232jadfj23",
            "to \"%Z%45\" <sip:resource@example.com>",
            "esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf 29344 RE%47IST%45R",
            "contact <sip:alias1@host1.example.com>, <sip:alias3@host3.example.com>",
            "hops Some(70), lines 10, body 0",
        ],
    ),
    (
        "lwsdisp",
        "RFC 4475 §3.1.1.6",
        &[
            "OPTIONS",
            "sip user=Some(\"user\") host=example.com port=None params= headers=None",
            "UDP funky.example.com z9hG4bKkdjuw",
            "from \"caller\" <sip:caller@example.com>;tag=323",
            "to <sip:user@example.com>",
            "lwsdisp.1234abcd@funky.example.com 60 OPTIONS",
            "contact ",
            "hops Some(70), lines 7, body 0",
        ],
    ),
    (
        "longreq",
        "RFC 4475 §3.1.1.7",
        &[
            "INVITE",
            "sip user=Some(\"user\") host=example.com port=None params= headers=None",
            "34 vias: TCP sip33.example.com - … TCP host.example.com very…glonglonglonglonglonglonglongbranchvalue (271)",
            "from <sip:amazinglylongcallernameamazinglylongcallernameamaz…nameparamnameparamnameparamnameparamname (597)",
            "to \"I have a user name of extremeextremeextremeextremeextrem…onglonglonglongParameterNameWithNoValue> (490)",
            "longreq.onereallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallyreallylongcallid 3882340 INVITE",
            "contact <sip:amazinglylongcallernameamazinglylongcallernameamazinglylongcallernameamazinglylongcallernameamazinglylongcallername@host5.example.net>",
            "hops Some(70), lines 43, body 150",
        ],
    ),
    (
        "dblreq",
        "RFC 4475 §3.1.1.8",
        &[
            "REGISTER",
            "sip user=None host=example.com port=None params= headers=None",
            "UDP 192.0.2.125 z9hG4bKkdjuw23492",
            "from <sip:j.user@example.com>;tag=43251j3j324",
            "to <sip:j.user@example.com>",
            "dblreq.0ha0isndaksdj99sdfafnl3lk233412 8 REGISTER",
            "contact <sip:j.user@host.example.com>",
            "hops Some(8), lines 8, body 0",
        ],
    ),
    (
        "semiuri",
        "RFC 4475 §3.1.1.9",
        &[
            "OPTIONS",
            "sip user=Some(\"user;par=u%40example.net\") host=example.com port=None params= headers=None",
            "UDP 192.0.2.1 z9hG4bKkdjuw",
            "from <sip:caller@example.org>;tag=33242",
            "to <sip:j_user@example.com>",
            "semiuri.0ha0isndaksdj 8 OPTIONS",
            "contact ",
            "hops Some(3), lines 8, body 0",
        ],
    ),
    (
        "transports",
        "RFC 4475 §3.1.1.10",
        &[
            "OPTIONS",
            "sip user=Some(\"user\") host=example.com port=None params= headers=None",
            "UDP t1.example.com z9hG4bKkdjuw, SCTP t2.example.com z9hG4bKklasjdhf, TLS t3.example.com z9hG4bK2980unddj, UNKNOWN t4.example.com z9hG4bKasd0f3en, TCP t5.example.com z9hG4bK0a9idfnee",
            "from <sip:caller@example.com>;tag=323",
            "to <sip:user@example.com>",
            "transports.kijh4akdnaqjkwendsasfdj 60 OPTIONS",
            "contact ",
            "hops Some(70), lines 12, body 0",
        ],
    ),
    (
        "mpart01",
        "RFC 4475 §3.1.1.11",
        &[
            "MESSAGE",
            "sip user=Some(\"kumiko\") host=example.org port=None params= headers=None",
            "UDP 127.0.0.1:5070 z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543-",
            "from <sip:fluffy@example.com>;tag=2fb0dcc9",
            "to <sip:kumiko@example.org>",
            "3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA.. 1 MESSAGE",
            "contact <sip:fluffy@127.0.0.1:5070>",
            "hops Some(70), lines 14, body 553",
        ],
    ),
    (
        "unreason",
        "RFC 4475 §3.1.1.12",
        &[
            "200 = 2**3 * 5**2 но сто девяносто девять - простое",
            "UDP 192.0.2.198 z9hG4bK1324923",
            "from <sip:user@example.com>;tag=11141343",
            "to <sip:user@example.edu>;tag=2229",
            "unreason.1234ksdfak3j2erwedfsASdf 35 INVITE",
            "contact <sip:user@host198.example.com>",
            "hops None, lines 8, body 154",
        ],
    ),
    (
        "noreason",
        "RFC 4475 §3.1.1.13",
        &[
            "100 ",
            "UDP 192.0.2.105 z9hG4bK2398ndaoe",
            "from <sip:user@example.com>;tag=39ansfi3",
            "to <sip:user@example.edu>;tag=902jndnke3",
            "noreason.asndj203insdf99223ndf 35 INVITE",
            "contact <sip:user@host105.example.com>",
            "hops None, lines 7, body 0",
        ],
    ),
    (
        "escruri",
        "RFC 4475 §3.1.2.11",
        &[
            "INVITE",
            "sip user=Some(\"user\") host=example.com port=None params= headers=Some(\"Route=%3Csip:example.com%3E\")",
            "UDP host-of-the-hour.example.com z9hG4bKkdjuw",
            "from <sip:caller@example.net>;tag=341518",
            "to <sip:user@example.com>",
            "escruri.23940-asdfhj-aje3br-234q098w-fawerh2q-h4n5 149209342 INVITE",
            "contact <sip:caller@host39923.example.net>",
            "hops Some(7), lines 9, body 150",
        ],
    ),
    (
        "baddate",
        "RFC 4475 §3.1.2.12",
        &[
            "INVITE",
            "sip user=Some(\"user\") host=example.com port=None params= headers=None",
            "UDP host.example.com z9hG4bKkdjuw",
            "from <sip:caller@example.net>;tag=2234923",
            "to <sip:user@example.com>",
            "baddate.239423mnsadf3j23lj42--sedfnm234 1392934 INVITE",
            "contact <sip:caller@host5.example.net>",
            "hops Some(70), lines 10, body 150",
        ],
    ),
    (
        "badbranch",
        "RFC 4475 §3.2.1",
        &[
            "OPTIONS",
            "sip user=Some(\"user\") host=example.com port=None params= headers=None",
            "UDP 192.0.2.1 z9hG4bK",
            "from <sip:caller@example.org>;tag=33242",
            "to <sip:user@example.com>",
            "badbranch.sadonfo23i420jv0as0derf3j3n 8 OPTIONS",
            "contact ",
            "hops Some(3), lines 8, body 0",
        ],
    ),
    (
        "unkscm",
        "RFC 4475 §3.3.2",
        &[
            "OPTIONS",
            "Other { scheme: \"nobodyKnowsThisScheme\", rest: \"totallyopaquecontent\" }",
            "TCP host9.example.com z9hG4bKkdjuw39234",
            "from <sip:caller@example.net>;tag=384",
            "to <sip:user@example.com>",
            "unkscm.nasdfasser0q239nwsdfasdkl34 3923423 OPTIONS",
            "contact ",
            "hops Some(3), lines 7, body 0",
        ],
    ),
    (
        "novelsc",
        "RFC 4475 §3.3.3",
        &[
            "OPTIONS",
            "Other { scheme: \"soap.beep\", rest: \"//192.0.2.103:3002\" }",
            "TCP host9.example.com z9hG4bKkdjuw39234",
            "from <sip:caller@example.net>;tag=384",
            "to <sip:user@example.com>",
            "novelsc.asdfasser0q239nwsdfasdkl34 3923423 OPTIONS",
            "contact ",
            "hops Some(3), lines 7, body 0",
        ],
    ),
    (
        "unksm2",
        "RFC 4475 §3.3.4",
        &[
            "REGISTER",
            "sip user=None host=example.com port=None params= headers=None",
            "UDP 192.0.2.21:5060 z9hG4bKkdjuw",
            "from <http://www.example.com>;tag=3234233",
            "to <isbn:2983792873>",
            "unksm2.daksdj@hyphenated-host.example.com 234902 REGISTER",
            "contact <name:John_Smith>",
            "hops Some(70), lines 8, body 0",
        ],
    ),
    (
        "bext01",
        "RFC 4475 §3.3.5",
        &[
            "OPTIONS",
            "sip user=Some(\"user\") host=example.com port=None params= headers=None",
            "TLS fold-and-staple.example.com z9hG4bKkdjuw",
            "from <sip:caller@example.net>;tag=242etr",
            "to <sip:j_user@example.com>",
            "bext01.0ha0isndaksdj 8 OPTIONS",
            "contact ",
            "hops Some(6), lines 9, body 0",
        ],
    ),
    (
        "invut",
        "RFC 4475 §3.3.6",
        &[
            "INVITE",
            "sip user=Some(\"user\") host=example.com port=None params= headers=None",
            "UDP somehost.example.com z9hG4bKkdjuw",
            "from <sip:caller@example.net>;tag=8392034",
            "to <sip:j.user@example.com>",
            "invut.0ha0isndaksdjadsfij34n23d 235448 INVITE",
            "contact <sip:caller@host5.example.net>",
            "hops Some(70), lines 9, body 40",
        ],
    ),
    (
        "regaut01",
        "RFC 4475 §3.3.7",
        &[
            "REGISTER",
            "sip user=None host=example.com port=None params= headers=None",
            "TCP 192.0.2.253 z9hG4bKkdjuw",
            "from <sip:j.user@example.com>;tag=87321hj23128",
            "to <sip:j.user@example.com>",
            "regaut01.0ha0isndaksdj 9338 REGISTER",
            "contact ",
            "hops Some(8), lines 8, body 0",
        ],
    ),
    (
        "bcast",
        "RFC 4475 §3.3.10",
        &[
            "200 OK",
            "UDP 192.0.2.198 z9hG4bK1324923, UDP 255.255.255.255 z9hG4bK1saber23",
            "from <sip:user@example.com>;tag=11141343",
            "to <sip:user@example.edu>;tag=2229",
            "bcast.0384840201234ksdfak3j2erwedfsASdf 35 INVITE",
            "contact <sip:user@host28.example.com>",
            "hops None, lines 9, body 154",
        ],
    ),
    (
        "zeromf",
        "RFC 4475 §3.3.11",
        &[
            "OPTIONS",
            "sip user=Some(\"user\") host=example.com port=None params= headers=None",
            "UDP host1.example.com z9hG4bKkdjuw2349i",
            "from <sip:caller@example.net>;tag=3ghsd41",
            "to <sip:user@example.com>",
            "zeromf.jfasdlfnm2o2l43r5u0asdfas 39234321 OPTIONS",
            "contact ",
            "hops Some(0), lines 7, body 0",
        ],
    ),
    (
        "cparam01",
        "RFC 4475 §3.3.12",
        &[
            "REGISTER",
            "sip user=None host=example.com port=None params= headers=None",
            "UDP saturn.example.com:5060 z9hG4bKkdjuw",
            "from <sip:watson@example.com>;tag=DkfVgjkrtMwaerKKpe",
            "to <sip:watson@example.com>",
            "cparam01.70710@saturn.example.com 2 REGISTER",
            "contact <sip:+19725552222@gw1.example.net>;unknownparam",
            "hops Some(70), lines 8, body 0",
        ],
    ),
    (
        "cparam02",
        "RFC 4475 §3.3.13",
        &[
            "REGISTER",
            "sip user=None host=example.com port=None params= headers=None",
            "UDP saturn.example.com:5060 z9hG4bKkdjuw",
            "from <sip:watson@example.com>;tag=838293",
            "to <sip:watson@example.com>",
            "cparam02.70710@saturn.example.com 3 REGISTER",
            "contact <sip:+19725552222@gw1.example.net;unknownparam>",
            "hops Some(70), lines 8, body 0",
        ],
    ),
    (
        "regescrt",
        "RFC 4475 §3.3.14",
        &[
            "REGISTER",
            "sip user=None host=example.com port=None params= headers=None",
            "UDP host5.example.com z9hG4bKkdjuw",
            "from <sip:user@example.com>;tag=8",
            "to <sip:user@example.com>",
            "regescrt.k345asrl3fdbv@192.0.2.1 14398234 REGISTER",
            "contact <sip:user@example.com?Route=%3Csip:sip.example.com%3E>",
            "hops Some(70), lines 8, body 0",
        ],
    ),
    (
        "sdp01",
        "RFC 4475 §3.3.15",
        &[
            "INVITE",
            "sip user=Some(\"user\") host=example.com port=None params= headers=None",
            "UDP 192.0.2.15 z9hG4bKkdjuw",
            "from <sip:caller@example.net>;tag=234",
            "to <sip:j_user@example.com>",
            "sdp01.ndaksdj9342dasdd 8 INVITE",
            "contact <sip:caller@host15.example.net>",
            "hops Some(5), lines 10, body 150",
        ],
    ),
    (
        "inv2543",
        "RFC 4475 §3.4.1",
        &[
            "INVITE",
            "sip user=Some(\"UserB\") host=example.com port=None params= headers=None",
            "UDP iftgw.example.com -",
            "from <sip:+13035551111@ift.client.example.net;user=phone>",
            "to <sip:+16505552222@ss1.example.net>;user=phone",
            "inv2543.1717@ift.client.example.com 56 INVITE",
            "contact ",
            "hops None, lines 7, body 105",
        ],
    ),
    (
        "ipv6-good",
        "RFC 5118 §4.1",
        &[
            "REGISTER",
            "sip user=None host=[2001:db8::10] port=None params= headers=None",
            "UDP [2001:db8::9:1] z9hG4bKas3-111",
            "from <sip:user@example.com>;tag=81x2",
            "to <sip:user@example.com>",
            "SSG9559905523997077@hlau_4100 98176 REGISTER",
            "contact \"Caller\" <sip:caller@[2001:db8::1]>",
            "hops Some(70), lines 8, body 0",
        ],
    ),
    (
        "port-ambiguous",
        "RFC 5118 §4.3",
        &[
            "REGISTER",
            "sip user=None host=[2001:db8::10:5070] port=None params= headers=None",
            "UDP [2001:db8::9:1] z9hG4bKas3-111",
            "from <sip:user@example.com>;tag=81x2",
            "to <sip:user@example.com>",
            "SSG9559905523997077@hlau_4100 98176 REGISTER",
            "contact \"Caller\" <sip:caller@[2001:db8::1]>",
            "hops Some(70), lines 8, body 0",
        ],
    ),
    (
        "port-unambiguous",
        "RFC 5118 §4.4",
        &[
            "REGISTER",
            "sip user=None host=[2001:db8::10] port=Some(5070) params= headers=None",
            "UDP [2001:db8::9:1] z9hG4bKas3-111",
            "from <sip:user@example.com>;tag=81x2",
            "to <sip:user@example.com>",
            "SSG9559905523997077@hlau_4100 98176 REGISTER",
            "contact \"Caller\" <sip:caller@[2001:db8::1]>",
            "hops Some(70), lines 8, body 0",
        ],
    ),
    (
        "via-received-param-with-delim",
        "RFC 5118 §4.5",
        &[
            "BYE",
            "sip user=None host=[2001:db8::10] port=None params= headers=None",
            "UDP [2001:db8::9:1] z9hG4bKas3-111",
            "from <sip:user@example.com>;tag=81x2",
            "to <sip:user@example.com>;tag=bd76ya",
            "SSG9559905523997077@hlau_4100 321 BYE",
            "contact ",
            "hops Some(70), lines 7, body 0",
        ],
    ),
    (
        "via-received-param-no-delim",
        "RFC 5118 §4.5",
        &[
            "OPTIONS",
            "sip user=None host=[2001:db8::10] port=None params= headers=None",
            "UDP [2001:db8::9:1] z9hG4bKas3",
            "from <sip:user@example.com>;tag=81x2",
            "to <sip:user@example.com>",
            "SSG95523997077@hlau_4100 921 OPTIONS",
            "contact \"Caller\" <sip:caller@[2001:db8::9:1]>",
            "hops Some(70), lines 8, body 0",
        ],
    ),
    (
        "ipv6-in-sdp",
        "RFC 5118 §4.6",
        &[
            "INVITE",
            "sip user=Some(\"user\") host=[2001:db8::10] port=None params= headers=None",
            "UDP [2001:db8::20] z9hG4bKas3-111",
            "from <sip:user@example.com>;tag=81x2",
            "to <sip:user@[2001:db8::10]>",
            "SSG9559905523997077@hlau_4100 8612 INVITE",
            "contact \"Caller\" <sip:caller@[2001:db8::20]>",
            "hops Some(70), lines 9, body 251",
        ],
    ),
    (
        "mult-ip-in-header",
        "RFC 5118 §4.7",
        &[
            "BYE",
            "sip user=Some(\"user\") host=host.example.net port=None params= headers=None",
            "UDP [2001:db8::9:1]:6050 z9hG4bKas3-111, UDP 192.0.2.1 z9hG4bKjhja8781hjuaij65144, TCP [2001:db8::9:255] z9hG4bK451jj",
            "from <sip:user@example.com>;tag=81x2",
            "to <sip:user@example.net>;tag=9817--94",
            "997077@lau_4100 89187 BYE",
            "contact ",
            "hops Some(70), lines 9, body 0",
        ],
    ),
    (
        "mult-ip-in-sdp",
        "RFC 5118 §4.8",
        &[
            "INVITE",
            "sip user=Some(\"user\") host=[2001:db8::10] port=None params= headers=None",
            "UDP [2001:db8::9:1] z9hG4bKas3-111",
            "from <sip:user@example.com>;tag=81x2",
            "to <sip:user@[2001:db8::10]>",
            "SSG9559905523997077@hlau_4100 8912 INVITE",
            "contact \"Caller\" <sip:caller@[2001:db8::9:1]>",
            "hops Some(70), lines 9, body 189",
        ],
    ),
    (
        "ipv4-mapped-ipv6",
        "RFC 5118 §4.9",
        &[
            "INVITE",
            "sip user=Some(\"user\") host=example.com port=None params= headers=None",
            "UDP [::ffff:192.0.2.10]:19823 z9hG4bKbh19, UDP [::ffff:192.0.2.2] z9hG4bKas3-111",
            "from <sip:user@east.example.com>;tag=81x2",
            "to <sip:user@example.com>",
            "SSG9559905523997077@hlau_4100 612 INVITE",
            "contact \"T. desk phone\" <sip:ted@[::ffff:192.0.2.2]>",
            "hops Some(70), lines 10, body 245",
        ],
    ),
    (
        "ipv6-bug-abnf-3-colons",
        "RFC 5118 §4.10",
        &[
            "OPTIONS",
            "sip user=Some(\"user\") host=[2001:db8:::192.0.2.1] port=None params= headers=None",
            "UDP lab1.east.example.com z9hG4bKas3-111",
            "from <sip:user@example.com>;tag=810x2",
            "to <sip:user@[2001:db8:::192.0.2.1]>",
            "G9559905523997077@hlau_4100 689 OPTIONS",
            "contact ",
            "hops Some(70), lines 7, body 0",
        ],
    ),
    (
        "ipv6-correct-abnf-2-colons",
        "RFC 5118 §4.10",
        &[
            "OPTIONS",
            "sip user=Some(\"user\") host=[2001:db8::192.0.2.1] port=None params= headers=None",
            "UDP lab1.east.example.com z9hG4bKas3-111",
            "from <sip:user@example.com>;tag=810x2",
            "to <sip:user@[2001:db8::192.0.2.1]>",
            "G9559905523997077@hlau_4100 689 OPTIONS",
            "contact ",
            "hops Some(70), lines 7, body 0",
        ],
    ),
];

fn address(address: NameAddr<'_>) -> String {
    let mut text = address.display.map_or(String::new(), |name| format!("{name:?} "));
    text += &format!("<{}>", address.uri);
    text + address.params.as_str()
}

/// One line each: the start line, the Request-URI by its parts, Vias, From, To, Call-ID and CSeq,
/// Contacts, Max-Forwards, number of header lines, length of the body.
fn facts(message: &Message) -> Vec<String> {
    let mut facts = Vec::new();
    match message.line() {
        Line::Request { method, uri } => {
            facts.push(method.to_owned());
            facts.push(match Uri::parse(uri).unwrap() {
                Uri::Sip(uri) => format!(
                    "sip{} user={:?} host={} port={:?} params={} headers={:?}",
                    if uri.secure { "s" } else { "" },
                    uri.user,
                    uri.host,
                    uri.port,
                    uri.params.as_str(),
                    uri.headers,
                ),
                other => format!("{other:?}"),
            });
        }
        Line::Response { status, phrase } => facts.push(format!("{status} {phrase}")),
    }
    let vias = message.vias().map(|via| {
        let port = via.port.map_or(String::new(), |port| format!(":{port}"));
        format!("{} {}{port} {}", via.transport, via.host, via.branch.unwrap_or("-"))
    });
    let vias: Vec<_> = vias.collect();
    facts.push(match vias.as_slice() {
        [first, .., last] if vias.len() > 5 => format!("{} vias: {first} … {last}", vias.len()),
        few => few.join(", "),
    });
    facts.push(format!("from {}", address(message.from())));
    facts.push(format!("to {}", address(message.to())));
    let cseq = message.cseq();
    facts.push(format!("{} {} {}", message.call_id(), cseq.number, cseq.method));
    let contacts = message.name_addrs(sip_parser::Name::Contact).map(address);
    facts.push(format!("contact {}", contacts.collect::<Vec<_>>().join(", ")));
    let lines = message.headers().count();
    let body = message.body().len();
    facts.push(format!("hops {:?}, lines {lines}, body {body}", message.max_forwards()));
    facts
}

fn shortened(text: String) -> String {
    if text.chars().count() <= 200 {
        return text;
    }
    let letters: Vec<char> = text.chars().collect();
    let part =
        |range: std::ops::Range<usize>| letters.get(range).unwrap().iter().collect::<String>();
    format!("{}…{} ({})", part(0..60), part(letters.len() - 40..letters.len()), letters.len())
}

#[test]
fn what_is_read_is_what_they_say() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/torture");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut wrong = Vec::new();
    let mut rows = 0;
    for path in paths {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let bytes = std::fs::read(&path).unwrap().into();
        let message = match Message::parse(bytes, &Limits::default()) {
            Ok(message) => message,
            Err(ParseError::Broken(_) | ParseError::NotSip) => continue,
        };
        rows += 1;
        let found: Vec<String> = facts(&message).into_iter().map(shortened).collect();
        let row = TABLE.iter().find(|row| row.0 == name);
        if row.is_none_or(|row| row.2 != found) {
            let found: Vec<_> =
                found.iter().map(|fact| format!("            {fact:?},\n")).collect();
            wrong.push(format!(
                "    (\n        {name:?},\n        \"\",\n        &[\n{}        ],\n    ),\n",
                found.concat()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
    assert_eq!(TABLE.len(), rows, "a row without a file");
}
