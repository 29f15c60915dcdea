/**
 * What befalls whole applications, and that they get over it without a restart.
 */
package io.github.etcdspring.faults;
