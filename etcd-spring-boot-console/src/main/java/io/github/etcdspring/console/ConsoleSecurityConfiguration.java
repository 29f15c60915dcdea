package io.github.etcdspring.console;

import jakarta.servlet.DispatcherType;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.CsrfConfigurer;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.LoginUrlAuthenticationEntryPoint;
import org.springframework.security.web.savedrequest.HttpSessionRequestCache;
import org.springframework.security.web.savedrequest.RequestCache;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/**
 * Protects the console with a filter chain of its own. Users log in as the chains of the
 * application let them.
 */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({ HttpSecurity.class, SecurityFilterChain.class })
@ConditionalOnBean(name = "springSecurityFilterChain")
class ConsoleSecurityConfiguration {

	/** Before the chains of the application, of which one may match every request. */
	private static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 100;

	@Bean
	AuthenticatedAccess etcdConsoleAccess(EtcdConsoleProperties properties) {
		return new AuthenticatedAccess(properties);
	}

	@Bean
	@Order(ORDER)
	@ConditionalOnMissingBean(name = "etcdConsoleSecurityFilterChain")
	SecurityFilterChain etcdConsoleSecurityFilterChain(HttpSecurity http, AuthenticatedAccess access,
			EtcdConsoleProperties properties, ObjectProvider<PathPatternRequestMatcher.Builder> paths,
			ObjectProvider<RequestCache> caches) {
		PathPatternRequestMatcher.Builder path = paths.getIfAvailable(PathPatternRequestMatcher::withDefaults);
		RequestMatcher api = path.matcher(properties.path() + "/api/**");
		RequestMatcher page = new OrRequestMatcher(path.matcher(HttpMethod.GET, properties.path()),
				path.matcher(HttpMethod.GET, properties.path() + "/"));
		AuthenticationEntryPoint unauthorized = (request, response, failure) -> SecurityProblems.write(response,
				HttpStatus.UNAUTHORIZED, "The console requires a login");
		http.securityMatchers((matchers) -> matchers.requestMatchers(properties.path(), properties.path() + "/**"));
		// the end of a stream is dispatched again, perhaps after a logout
		http.authorizeHttpRequests((requests) -> requests.dispatcherTypeMatchers(DispatcherType.ASYNC)
			.permitAll()
			.anyRequest()
			.access((authentication, context) -> new AuthorizationDecision(access.role(authentication.get()) != null)));
		http.headers((headers) -> headers
			.contentSecurityPolicy((policy) -> policy.policyDirectives(ProtectiveHeaders.CONTENT_SECURITY_POLICY)));
		http.csrf(CsrfConfigurer::spa);
		// no challenge, as the browser would ask for a password itself
		http.httpBasic((basic) -> basic.authenticationEntryPoint(unauthorized));
		// the cache that the chains of the application use unless they configure one
		RequestCache pages = new PageRequestCache(caches.getIfUnique(HttpSessionRequestCache::new), page);
		http.requestCache((cache) -> cache.requestCache(pages));
		http.exceptionHandling((handling) -> handling.defaultAuthenticationEntryPointFor(unauthorized, api)
			.defaultAuthenticationEntryPointFor(new LoginUrlAuthenticationEntryPoint(properties.loginPage()),
					(request) -> true)
			.accessDeniedHandler(SecurityProblems::accessDenied));
		return http.build();
	}

}
