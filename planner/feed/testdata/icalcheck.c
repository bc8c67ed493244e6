/* Reads each file with libical in its strictest mode and prints every error that its parser or its restriction check
 * (RFC 5545 §3.6, RFC 5546 §3) finds. Exit code 1 if there is any. */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>

static void walk(icalcomponent *c)
{
	icalproperty *p;
	for (p = icalcomponent_get_first_property(c, ICAL_XLICERROR_PROPERTY); p;
	     p = icalcomponent_get_next_property(c, ICAL_XLICERROR_PROPERTY))
		printf("  %s: %s\n", icalcomponent_kind_to_string(icalcomponent_isa(c)), icalproperty_get_xlicerror(p));
	for (icalcompiter i = icalcomponent_begin_component(c, ICAL_ANY_COMPONENT); icalcompiter_deref(&i); icalcompiter_next(&i))
		walk(icalcompiter_deref(&i));
}

int main(int n, char **v)
{
	int bad = 0;
	icalerror_set_errors_are_fatal(0);
	ical_set_unknown_token_handling_setting(ICAL_TREAT_AS_ERROR);
	for (int i = 1; i < n; i++) {
		FILE *f = fopen(v[i], "rb");
		fseek(f, 0, SEEK_END);
		long l = ftell(f);
		rewind(f);
		char *b = malloc(l + 1);
		l = fread(b, 1, l, f);
		b[l] = 0;
		fclose(f);
		icalcomponent *c = icalparser_parse_string(b);
		free(b);
		if (!c) {
			printf("%s: not read at all\n", v[i]);
			bad = 1;
			continue;
		}
		int ok = icalrestriction_check(c), errors;
		errors = icalcomponent_count_errors(c);
		if (!ok || errors) {
			printf("%s: restriction check %s, %d errors\n", v[i], ok ? "passed" : "FAILED", errors);
			walk(c);
			bad = 1;
		}
		printf("%s: %d events\n", v[i], icalcomponent_count_components(c, ICAL_VEVENT_COMPONENT));
		icalcomponent_free(c);
	}
	return bad;
}
