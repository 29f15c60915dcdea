package io.github.etcdspring.sample;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;

/**
 * Permits all requests without login, and protects the board against cross-site request
 * forgery, framing and content from other origins.
 */
@Configuration(proxyBeanMethods = false)
class SampleSecurity {

	private static final String CONTENT = "default-src 'self'; base-uri 'none'; form-action 'self';"
			+ " frame-ancestors 'none'; object-src 'none'";

	@Bean
	SecurityFilterChain sampleSecurityFilterChain(HttpSecurity http) {
		http.csrf(CsrfConfigurer::spa)
			// Actuator endpoints accept only JSON, which a form of another site cannot
			// send.
			.csrf((csrf) -> csrf.ignoringRequestMatchers("/actuator/**"))
			.headers((headers) -> headers.contentSecurityPolicy((policy) -> policy.policyDirectives(CONTENT))
				.referrerPolicy((policy) -> policy.policy(ReferrerPolicy.NO_REFERRER)))
			.sessionManagement((session) -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
			.logout(AbstractHttpConfigurer::disable)
			.requestCache(AbstractHttpConfigurer::disable);
		return http.build();
	}

}
