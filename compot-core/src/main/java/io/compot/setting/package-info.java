/**
 * Settings said once, by what they set: name, kind, bounds and help, from which all else derives.
 */
@NullMarked
package io.compot.setting;

import org.jspecify.annotations.NullMarked;
