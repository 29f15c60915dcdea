/**
 * Browser for tests of pages.
 */
@NullMarked
package io.github.etcdspring.browser;

import org.jspecify.annotations.NullMarked;
