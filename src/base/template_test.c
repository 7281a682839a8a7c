/* SPDX-License-Identifier: Apache-2.0 */
#include "base/template.h"

#include <string.h>

#include "base/test.h"

static const char document[] =
	"{\"Id\":\"sha256:abc\",\"Name\":\"web\",\"N\":3,\"F\":1.5,\"Big\":1e21,\"T\":true,\"No\":false,\"Null\":null,\"Empty\":\"\","
	"\"List\":[\"a\",\"b\",\"c\"],\"Map\":{\"b\":\"2\",\"a\":\"1\"},\"Deep\":{\"One\":{\"Two\":\"x\"}},"
	"\"Objs\":[{\"K\":\"x\",\"V\":1},{\"K\":\"y\",\"V\":2}],\"None\":[],\"Large\":18446744073709551615}";
static const char methods[] = "{\"Label\":{\"stage\":\"prod\"}}";

static int render(const char *text, struct str *to, struct err *e)
{
	autotemplate struct template *t = NULL;
	autojson struct json *data = NULL, *more = NULL;

	assert_int_equal(json_parse(document, strlen(document), &data, NULL), 0);
	assert_int_equal(json_parse(methods, strlen(methods), &more, NULL), 0);
	if (template_parse(text, &t, e) < 0)
		return -1;
	return template_run(t, &(struct template_data){ data, more, false }, to, e);
}

struct expectation { const char *text, *result; };

static void assert_all(const struct expectation *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		autostr struct str out = STR_INIT;
		struct err e = ERR_INIT;

		if (render(rows[i].text, &out, &e) < 0)
			fail_msg("%s: %s", rows[i].text, e.text);
		if (!str_eq(str_text(&out), rows[i].result))
			fail_msg("%s: is '%s', not '%s'", rows[i].text, str_text(&out), rows[i].result);
	}
}
#define ASSERT_ALL(rows) assert_all(rows, ARRAY_SIZE(rows))

/* The right sides are what Go 1.26's text/template prints. */

static void values_are_printed_as_go_prints_them(void **state)
{
	static const struct expectation rows[] = {
		{ "", "" },
		{ "plain }} text", "plain }} text" },
		{ "{{.Name}}", "web" },
		{ "{{ .Name }}-{{.N}}", "web-3" },
		{ "{{.F}} {{.Big}} {{.T}} {{.No}}", "1.5 1e+21 true false" },
		{ "{{.Null}}", "<no value>" },
		{ "{{.List}} {{.Map}} {{.Deep}} {{.None}}", "[a b c] map[a:1 b:2] map[One:map[Two:x]] []" },
		{ "{{.Objs}}", "[map[K:x V:1] map[K:y V:2]]" },
		{ "{{1e30}} {{printf \"%v\" 0.1}} {{printf \"%g\" 100000.0}} {{0.00001}} {{123456789.5}}",
		  "1e+30 0.1 100000 1e-05 1.234567895e+08" },
		{ "{{1.5}} {{0x10}} {{-3}} {{true}} {{false}}", "1.5 16 -3 true false" },
		{ "{{\"quoted \\\"x\\\" \\t\\u00e9\\x41\"}}{{`raw \\n`}}", "quoted \"x\" \t\xc3\xa9""Araw \\n" },
		{ "{{\"\\u20ac\\U0001f600\"}}", "\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "{{json .List}} {{json .Name}} {{json .Null}} {{json .F}} {{json .T}}", "[\"a\",\"b\",\"c\"] \"web\" null 1.5 true" },
		{ "{{.Large | json}}", "1.8446744073709552e+19" },
		{ "{{.Deep | json}}", "{\"One\":{\"Two\":\"x\"}}" },
	};

	ASSERT_ALL(rows);
}

static void fields_go_down_and_what_a_deeper_object_lacks_is_no_value(void **state)
{
	static const struct expectation rows[] = {
		{ "{{.Deep.One.Two}}", "x" },
		{ "{{.Deep.Missing}}", "<no value>" },
		{ "{{if .Deep.Missing}}a{{else}}b{{end}}", "b" },
		{ "{{if and .Deep.Missing (eq .Deep.Missing.More \"a\")}}a{{else}}b{{end}}", "b" },
		{ "{{(.Name)}}{{(.Deep).One.Two}}{{(index .Objs 1).K}}", "webxy" },
		{ "{{index .List 1}} {{index .Map \"a\"}} {{index .Deep \"One\" \"Two\"}} {{index (index .Objs 0) \"K\"}}", "b 1 x x" },
		{ "{{index .Map \"missing\"}}|{{index .Null \"x\"}}|{{eq (index .Map \"z\") \"\"}}", "||true" },
		{ "{{.Label \"stage\"}}|{{.Label \"none\"}}|{{\"stage\" | .Label}}", "prod||prod" },
	};

	ASSERT_ALL(rows);
}

static void blocks_choose_and_repeat(void **state)
{
	static const struct expectation rows[] = {
		{ "{{range .List}}<{{.}}>{{end}}", "<a><b><c>" },
		{ "{{range $i, $v := .List}}{{if $i}}, {{end}}{{$i}}={{$v}}{{end}}", "0=a, 1=b, 2=c" },
		{ "{{range $k, $v := .Map}}{{$k}}={{$v}};{{end}}", "a=1;b=2;" },
		{ "{{range $v := .List}}{{$v}}{{end}}", "abc" },
		{ "{{range .None}}x{{else}}none{{end}}{{range .Null}}x{{end}}", "none" },
		{ "{{range .Objs}}{{.K}}{{.V}}{{$.Name}} {{end}}", "x1web y2web " },
		{ "{{range .List}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end}}", "ac" },
		{ "{{range .List}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{end}}", "a" },
		{ "{{range .Map}}{{break}}{{end}}{{range .Map}}{{.}}{{end}}", "12" },
		{ "{{if .T}}yes{{else}}no{{end}}{{if .No}}yes{{else}}no{{end}}", "yesno" },
		{ "{{if .Empty}}a{{else if .None}}b{{else if .N}}c{{else}}d{{end}}", "c" },
		{ "{{with .Deep.One}}{{.Two}}{{end}}{{with .Empty}}x{{else}}y{{end}}", "xy" },
		{ "{{with .Null}}x{{else with .Name}}{{.}}{{end}}", "web" },
		{ "{{with $x := .Name}}{{$x}}{{.}}{{end}}", "webweb" },
		{ "{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2" },
		{ "{{$x := 1}}{{if true}}{{$x := 2}}{{end}}{{$x}}", "1" },
		{ "{{$x := .Deep}}{{$x.One.Two}}{{$.Name}}", "xweb" },
		{ "a {{- .Name -}} b", "awebb" },
		{ "a {{- /* comment */ -}} b{{/* comment */}}x", "abx" },
		{ "{{- if true }} x {{- end }}", " x" },
	};

	ASSERT_ALL(rows);
}

static void functions_do_what_go_and_docker_say(void **state)
{
	static const struct expectation rows[] = {
		{ "{{eq .Name \"web\"}} {{ne .Name \"web\"}} {{eq .N 1 2 3}} {{lt .N 4}} {{le .N 3}} {{gt .N 3}} {{ge .N 3}} {{lt \"a\" \"b\"}}",
		  "true false true true true false true true" },
		{ "{{eq .T true}} {{eq .F 1.5}} {{lt .N 3.5}} {{eq .Null nil}} {{eq .Name nil}}", "true true true true false" },
		{ "{{and .T .Name}} {{and .No .Name}} {{or .Empty .Name}} {{or .Empty .No}} {{not .T}}", "web false web false false" },
		{ "{{len .List}} {{len .Name}} {{len .Map}}", "3 3 2" },
		{ "{{.Name | printf \"%s-%d\" \"x\" 3}}", "x-3%!(EXTRA string=web)" },
		{ "{{printf \"%s|%10s|%-10s|%q|%v|%d|%5d|%05d|%x|%t|%%\" .Name .Name .Name .Name .List .N .N .N .N .T}}",
		  "web|       web|web       |\"web\"|[a b c]|3|    3|00003|3|true|%" },
		{ "{{printf \"%d\" .Name}} {{printf \"%s\" .N}} {{printf \"%s\"}} {{printf \"x\" .Name}} {{printf \"%.2f\" .F}} "
		  "{{printf \"%v\" .Null}} {{printf \"%6.2f|%e\" .F .F}}",
		  "%!d(string=web) %!s(int=3) %!s(MISSING) x%!(EXTRA string=web) 1.50 <nil>   1.50|1.500000e+00" },
		{ "{{printf \"%.1s %x %X %+d %c\" .Name .Name .Name .N 65}}", "w 776562 776562 +3 A" },
		{ "{{println .Name .N}}{{print .Name .N .N \"x\"}}", "web 3\nweb3 3x" },
		{ "{{join .List \",\"}} {{split \"a,b,c\" \",\"}} {{upper .Name}} {{lower \"ABC\"}} {{title \"hello world\"}}",
		  "a,b,c [a b c] WEB abc Hello World" },
		{ "{{range split \"a:b\" \":\"}}[{{.}}]{{end}} {{len (split \"\" \",\")}} {{split \"abc\" \"\"}}", "[a][b] 1 [a b c]" },
		{ "{{pad .Name 1 2}}| {{truncate .Id 6}} {{truncate .Name 10}}", " web  | sha256 web" },
		{ "{{slice .Id 7 9}} {{slice .List 1 2}} {{slice .Id 7}}", "ab [b] abc" },
		{ "{{(eq .Name \"web\") | not}}", "false" },
	};

	ASSERT_ALL(rows);
}

static void a_row_of_heads_is_not_changed(void **state)
{
	static const char text[] = "{{upper .ID}} {{json .ID}} {{.Label \"x\"}} {{truncate .ID 3}} {{printf \"%s\" .ID}}";
	static const char row[] = "{\"ID\":\"Image id\"}";
	autotemplate struct template *t = NULL;
	autojson struct json *data = NULL;
	autostr struct str out = STR_INIT;

	assert_int_equal(json_parse(row, strlen(row), &data, NULL), 0);
	assert_int_equal(template_parse(text, &t, NULL), 0);
	assert_int_equal(template_run(t, &(struct template_data){ data, NULL, true }, &out, NULL), 0);
	assert_string_equal(str_text(&out), "Image id Image id x Image id Image id");
}

static void a_template_tells_what_it_looks_at(void **state)
{
	static const struct { const char *text; bool name; } rows[] = {
		{ "{{.Name}}", true }, { "{{.Other}} Name", false }, { "{{if .X}}{{(index $.Name 0)}}{{end}}", true },
		{ "{{json .}}", true }, { "{{range .X}}{{else}}{{.Name.Y}}{{end}}", true }, { "{{$x := .X}}{{$x.Z}}{{\"Name\"}}", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		autotemplate struct template *t = NULL;

		assert_int_equal(template_parse(rows[i].text, &t, NULL), 0);
		assert_int_equal(template_uses(t, "Name"), rows[i].name);
	}
}

static void an_error_says_where_and_why(void **state)
{
	static const struct expectation rows[] = {
		{ "{{.Missing}}", "template: 1:3: <.Missing>: there is no field 'Missing'" },
		{ "a\n{{.Deep.Missing.More}}", "template: 2:3: <.Deep.Missing.More>: there is no value that could have a field 'More'" },
		{ "{{.Name.X}}", "template: 1:3: <.Name.X>: string has no field 'X'" },
		{ "{{foo}}", "template: 1:3: there is no function 'foo'" },
		{ "{{.Name", "template: 1:8: the action is not closed" },
		{ "{{if .Name}}x", "template: 1:6: the block has no end" },
		{ "{{if .Name}}x{{else}}", "template: 1:6: the block has no end" },
		{ "{{end}}", "template: 1:8: unexpected 'end'" },
		{ "{{else}}", "template: 1:7: unexpected 'else'" },
		{ "{{if}}x{{end}}", "template: 1:5: a value is wanted" },
		{ "{{range .Name}}x{{end}}", "template: 1:9: <.Name>: range over string" },
		{ "{{eq .Name 1}}", "template: 1:3: string and int cannot be compared" },
		{ "{{len .N}}", "template: 1:3: len: int is given, a string, a list or a map is wanted" },
		{ "{{join .Name \",\"}}", "template: 1:3: join: string is given, a list is wanted" },
		{ "{{index .List 7}}", "template: 1:3: index: 7 is out of range, there are 3" },
		{ "{{index .List \"x\"}}", "template: 1:3: index of a list: string is given, an int is wanted" },
		{ "{{slice .Id 9 7}}", "template: 1:3: slice: the end 7 is before the start 9" },
		{ "{{slice .Id 90}}", "template: 1:3: slice: 90 is out of range, the length is 10" },
		{ "{{eq .Name}}", "template: 1:3: <eq>: 1 arguments, at least 2 are wanted" },
		{ "{{len}}", "template: 1:3: <len>: 0 arguments, 1 is wanted" },
		{ "{{\"a\" \"b\"}}", "template: 1:3: <\"a\">: it takes no arguments" },
		{ "{{.Name \"b\"}}", "template: 1:3: <.Name>: it takes no arguments" },
		{ "{{1 | 2}}", "template: 1:7: a constant takes nothing from a pipeline" },
		{ "{{$y}}", "template: 1:3: <$y>: there is no variable '$y'" },
		{ "{{$y = 1}}", "template: 1:3: <$y = 1>: there is no variable '$y'" },
		{ "{{break}}", "template: 1:8: break and continue belong into a range" },
		{ "{{define \"x\"}}y{{end}}", "template: 1:9: 'define' is not supported" },
		{ "{{\"open}}", "template: 1:3: the string has no end" },
		{ "{{\"\\q\"}}", "template: 1:5: unknown escape '\\q'" },
		{ "{{/* open", "template: 1:3: the comment has no end" },
		{ "{{(.Name}}", "template: 1:3: the parenthesis is not closed" },
		{ "{{12x}}", "template: 1:3: '12x' is not a number" },
		{ "{{.Name.}}", "template: 1:9: a field's name is wanted behind the '.'" },
		{ "{{.Name\"x\"}}", "template: 1:8: unexpected '\"'" },
		{ "{{pad .Name 1 9999999}}", "template: 1:3: pad: a number of spaces from 0 to 4096 is wanted" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		autostr struct str out = STR_INIT;
		struct err e = ERR_INIT;

		if (render(rows[i].text, &out, &e) == 0)
			fail_msg("%s: no error but '%s'", rows[i].text, str_text(&out));
		if (!str_eq(e.text, rows[i].result))
			fail_msg("%s: '%s', not '%s'", rows[i].text, e.text, rows[i].result);
	}
}

static void add_many(struct str *to, const char *what, int n)
{
	for (int i = 0; i < n; i++)
		str_add(to, what);
}

static void depth_steps_and_length_are_bounded(void **state)
{
	autostr struct str deep = STR_INIT, parens = STR_INIT, large = STR_INIT, busy = STR_INIT, out = STR_INIT;
	struct err e = ERR_INIT;

	add_many(&deep, "{{if 1}}", 40);
	assert_int_equal(render(str_text(&deep), &out, &e), -1);
	assert_non_null(strstr(e.text, "more than 32 levels"));
	str_add(&parens, "{{");
	add_many(&parens, "(", 40);
	assert_int_equal(render(str_text(&parens), &out, &e), -1);
	assert_non_null(strstr(e.text, "more than 32 levels"));
	add_many(&large, "0123456789", TEMPLATE_TEXT_MAX / 10 + 1);
	assert_int_equal(render(str_text(&large), &out, &e), -1);
	assert_non_null(strstr(e.text, "more than 65536 bytes"));
	add_many(&busy, "{{range $.List}}", 20);
	str_add(&busy, "x");
	add_many(&busy, "{{end}}", 20);
	assert_int_equal(render(str_text(&busy), &out, &e), -1);
	assert_non_null(strstr(e.text, "more than 1000000 steps"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_printed_as_go_prints_them),
		cmocka_unit_test(fields_go_down_and_what_a_deeper_object_lacks_is_no_value),
		cmocka_unit_test(blocks_choose_and_repeat),
		cmocka_unit_test(functions_do_what_go_and_docker_say),
		cmocka_unit_test(a_row_of_heads_is_not_changed),
		cmocka_unit_test(a_template_tells_what_it_looks_at),
		cmocka_unit_test(an_error_says_where_and_why),
		cmocka_unit_test(depth_steps_and_length_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
