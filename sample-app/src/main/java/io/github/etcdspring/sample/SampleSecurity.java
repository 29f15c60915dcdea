package io.github.etcdspring.sample;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Profile;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.ObjectPostProcessor;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.AbstractHttpConfigurer;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.config.annotation.web.configurers.DefaultLoginPageConfigurer;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.ui.DefaultLoginPageGeneratingFilter;
import org.springframework.security.web.header.writers.ReferrerPolicyHeaderWriter.ReferrerPolicy;

/**
 * Permits all requests without login, except those to the console, and protects the board
 * against cross-site request forgery, framing and content from other origins.
 */
@Configuration(proxyBeanMethods = false)
class SampleSecurity {

	private static final String CONTENT = "default-src 'self'; base-uri 'none'; form-action 'self';"
			+ " frame-ancestors 'none'; object-src 'none'";

	/** Login and logout for the console, which protects its own path. */
	@Bean
	@Order(0)
	@Profile("consumer")
	SecurityFilterChain loginSecurityFilterChain(HttpSecurity http) {
		http.securityMatcher("/login", "/logout", "/default-ui.css")
			.csrf(CsrfConfigurer::spa)
			.headers(SampleSecurity::protect)
			.with(new DefaultLoginPageConfigurer<HttpSecurity>(),
					(page) -> page.addObjectPostProcessor(new KeepFragment()))
			.formLogin(Customizer.withDefaults());
		return http.build();
	}

	@Bean
	SecurityFilterChain sampleSecurityFilterChain(HttpSecurity http) {
		http.csrf(CsrfConfigurer::spa)
			// Actuator endpoints accept only JSON, which a form of another site cannot
			// send.
			.csrf((csrf) -> csrf.ignoringRequestMatchers("/actuator/**"))
			.headers(SampleSecurity::protect)
			.sessionManagement((session) -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
			.logout(AbstractHttpConfigurer::disable)
			.requestCache(AbstractHttpConfigurer::disable);
		return http.build();
	}

	private static void protect(HeadersConfigurer<HttpSecurity> headers) {
		headers.contentSecurityPolicy((policy) -> policy.policyDirectives(CONTENT))
			.referrerPolicy((policy) -> policy.policy(ReferrerPolicy.NO_REFERRER));
	}

	/**
	 * Submits the login form to the address of its page. The browser then keeps the
	 * fragment, which is the page of the console to return to.
	 */
	private static final class KeepFragment implements ObjectPostProcessor<DefaultLoginPageGeneratingFilter> {

		@Override
		public <O extends DefaultLoginPageGeneratingFilter> O postProcess(O page) {
			page.setAuthenticationUrl("");
			return page;
		}

	}

}
