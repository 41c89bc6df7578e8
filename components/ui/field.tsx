"use client";
/** Labelled form fields. Labels are always visible; errors stand beside the field they name. */
import { useId, type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes } from "react";
import { classNames } from "./class-names";

const CONTROL =
  "w-full rounded-md border border-control bg-bg px-2.5 text-ink placeholder:text-muted aria-invalid:border-breach";

interface LabelledProps {
  label: string;
  /** A hint under the label. */
  hint?: ReactNode;
  error?: string | null;
  /** Keeps the label for screen readers only, where the place says what it is. */
  hideLabel?: boolean;
}

interface Wiring {
  id: string;
  "aria-invalid": true | undefined;
  "aria-describedby": string | undefined;
}

function Labelled(
  props: LabelledProps & { className?: string | undefined; children: (wiring: Wiring) => ReactNode },
): ReactNode {
  const id = useId();
  const hasError = props.error !== undefined && props.error !== null;
  const described = [props.hint === undefined ? "" : `${id}-hint`, hasError ? `${id}-error` : ""]
    .filter(Boolean)
    .join(" ");
  return (
    <div className={classNames("flex min-w-0 flex-col gap-1", props.className)}>
      <label htmlFor={id} className={props.hideLabel === true ? "sr-only" : "text-sm font-medium text-muted"}>
        {props.label}
      </label>
      {props.hint !== undefined && (
        <div id={`${id}-hint`} className="text-sm text-muted">
          {props.hint}
        </div>
      )}
      {props.children({
        id,
        "aria-invalid": hasError || undefined,
        "aria-describedby": described === "" ? undefined : described,
      })}
      {hasError && (
        <div id={`${id}-error`} role="alert" className="text-sm text-breach-fg">
          {props.error}
        </div>
      )}
    </div>
  );
}

type TextFieldProps = LabelledProps & InputHTMLAttributes<HTMLInputElement> & { inputRef?: Ref<HTMLInputElement> };

export function TextField({ label, hint, error, hideLabel, inputRef, className, ...input }: TextFieldProps): ReactNode {
  return (
    <Labelled {...definedOnly({ label, hint, error, hideLabel })} className={className}>
      {(wiring) => <input {...input} {...wiring} ref={inputRef} className={classNames(CONTROL, "h-8 max-sm:h-11")} />}
    </Labelled>
  );
}

interface TextAreaProps extends LabelledProps {
  value: string;
  onValueChange: (value: string) => void;
  rows?: number;
  required?: boolean;
  /** Enter alone; Shift+Enter still starts a new line. */
  onEnter?: () => void;
  /** For code: every character of one width. */
  mono?: boolean;
  areaRef?: Ref<HTMLTextAreaElement>;
}

export function TextArea(props: TextAreaProps): ReactNode {
  const { label, hint, error, hideLabel, value, onValueChange } = props;
  const { rows = 3, required = false, onEnter, mono = false, areaRef } = props;
  return (
    <Labelled {...definedOnly({ label, hint, error, hideLabel })}>
      {(wiring) => (
        <textarea
          {...wiring}
          ref={areaRef}
          rows={rows}
          required={required}
          value={value}
          onChange={(event) => onValueChange(event.target.value)}
          onKeyDown={(event) => {
            if (onEnter === undefined || event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing)
              return;
            event.preventDefault();
            onEnter();
          }}
          className={classNames(CONTROL, "scroll-mb-40 py-1.5", mono && "font-mono text-sm")}
        />
      )}
    </Labelled>
  );
}

interface SelectFieldProps extends LabelledProps, Omit<SelectHTMLAttributes<HTMLSelectElement>, "onChange"> {
  options: readonly { value: string; label: string; disabled?: boolean }[];
  onValueChange: (value: string) => void;
}

export function SelectField(props: SelectFieldProps): ReactNode {
  const { label, hint, error, hideLabel, options, onValueChange, className, ...select } = props;
  return (
    <Labelled {...definedOnly({ label, hint, error, hideLabel })} className={className}>
      {(wiring) => (
        <select
          {...select}
          {...wiring}
          onChange={(event) => onValueChange(event.target.value)}
          className={classNames(CONTROL, "h-8 max-sm:h-11")}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}

function definedOnly(props: {
  label: string;
  hint: ReactNode;
  error: string | null | undefined;
  hideLabel: boolean | undefined;
}): LabelledProps {
  return {
    label: props.label,
    ...(props.hint === undefined ? {} : { hint: props.hint }),
    ...(props.error === undefined ? {} : { error: props.error }),
    ...(props.hideLabel === undefined ? {} : { hideLabel: props.hideLabel }),
  };
}
