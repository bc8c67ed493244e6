/* Reads each file with libical in its strictest mode and prints every error that its parser or its restriction check
 * (RFC 5545 §3.6, RFC 5546 §3) finds. Exit code 1 if there is any. A file may hold several calendars one after the other.
 * With -u it prints instead of the count a line for each VEVENT and VTODO: file, UID and start (else DUE), in UTC. */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void walk(icalcomponent *c)
{
	icalproperty *p;
	for (p = icalcomponent_get_first_property(c, ICAL_XLICERROR_PROPERTY); p;
	     p = icalcomponent_get_next_property(c, ICAL_XLICERROR_PROPERTY))
		printf("  %s: %s\n", icalcomponent_kind_to_string(icalcomponent_isa(c)), icalproperty_get_xlicerror(p));
	for (icalcompiter i = icalcomponent_begin_component(c, ICAL_ANY_COMPONENT); icalcompiter_deref(&i); icalcompiter_next(&i))
		walk(icalcompiter_deref(&i));
}

static void starts(const char *file, icalcomponent *c)
{
	for (icalcompiter i = icalcomponent_begin_component(c, ICAL_ANY_COMPONENT); icalcompiter_deref(&i); icalcompiter_next(&i)) {
		icalcomponent *e = icalcompiter_deref(&i);
		icalcomponent_kind k = icalcomponent_isa(e);
		if (k != ICAL_VEVENT_COMPONENT && k != ICAL_VTODO_COMPONENT)
			continue;
		struct icaltimetype t = icalcomponent_get_dtstart(e);
		if (icaltime_is_null_time(t))
			t = icalcomponent_get_due(e);
		if (!t.is_date)
			t = icaltime_convert_to_zone(t, icaltimezone_get_utc_timezone());
		printf("%s\t%s\t%s\n", file, icalcomponent_get_uid(e), icaltime_as_ical_string(t));
	}
}

static int check(const char *file, icalcomponent *c)
{
	int ok = icalrestriction_check(c), errors = icalcomponent_count_errors(c);
	if (ok && !errors)
		return 0;
	printf("%s: restriction check %s, %d errors\n", file, ok ? "passed" : "FAILED", errors);
	walk(c);
	return 1;
}

int main(int n, char **v)
{
	int bad = 0, uids = n > 1 && !strcmp(v[1], "-u");
	icalerror_set_errors_are_fatal(0);
	ical_set_unknown_token_handling_setting(ICAL_TREAT_AS_ERROR);
	for (int i = 1 + uids; i < n; i++) {
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
		int events = 0;
		if (icalcomponent_isa(c) == ICAL_XROOT_COMPONENT) {
			for (icalcompiter p = icalcomponent_begin_component(c, ICAL_ANY_COMPONENT); icalcompiter_deref(&p); icalcompiter_next(&p)) {
				icalcomponent *one = icalcompiter_deref(&p);
				bad |= check(v[i], one);
				events += icalcomponent_count_components(one, ICAL_VEVENT_COMPONENT);
				if (uids)
					starts(v[i], one);
			}
		} else {
			bad |= check(v[i], c);
			events = icalcomponent_count_components(c, ICAL_VEVENT_COMPONENT);
			if (uids)
				starts(v[i], c);
		}
		if (!uids)
			printf("%s: %d events\n", v[i], events);
		icalcomponent_free(c);
	}
	return bad;
}
